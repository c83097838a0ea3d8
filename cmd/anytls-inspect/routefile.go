package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"anytls-inspect/protocol"
)

// A routeTable is one [[route]] of a file. docs/routes.md says what its keys mean.
type routeTable struct {
	Name     string `toml:"name"`
	Listen   string `toml:"listen"`
	Server   string `toml:"server"`
	SNI      string `toml:"sni"`
	Insecure bool   `toml:"insecure"`
	CA       string `toml:"ca"`
	Cert     string `toml:"cert"`
	Key      string `toml:"key"`

	ClientCert string `toml:"client_cert"`
	ClientKey  string `toml:"client_key"`
}

// A routeFile is a file of routes that was decoded.
type routeFile struct {
	path   string
	lines  []keyLines   // of each table
	Routes []routeTable `toml:"route"`
}

// readRoutes reads the routes of a file, and the files with roots and certificates that
// it names. A mistake in it is a usage error, as in the flags that it stands for; a file
// that can't be read is none.
func readRoutes(path string) ([]routeConfig, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--route: %w", err)
	}
	f, err := parseRoutes(path, text)
	if err != nil {
		return nil, usage(err)
	}
	routes := make([]routeConfig, len(f.Routes))
	for i := range f.Routes {
		if routes[i], err = f.route(i, routes[:i]); err != nil {
			return nil, usage(err)
		}
	}
	for i := range f.Routes {
		if err := f.load(i, &routes[i]); err != nil {
			return nil, err
		}
	}
	return routes, nil
}

// parseRoutes decodes a file's text. Its errors name the file, the line and the key.
func parseRoutes(path string, text []byte) (*routeFile, error) {
	f := &routeFile{path: path}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(f)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		first := &unknown.Errors[0]
		line, _ := first.Position()
		key := first.Key()
		return nil, f.mistake(line, key[len(key)-1], errors.New("there is no such key"))
	case errors.As(err, &wrong):
		line, _ := wrong.Position()
		key := ""
		if names := wrong.Key(); len(names) > 0 {
			key = names[len(names)-1]
		}
		// What follows is the name of a Go type.
		text, _, _ := strings.Cut(wrong.Error(), " into struct field ")
		return nil, f.mistake(line, key, errors.New(text))
	case err != nil:
		return nil, f.mistake(0, "", err)
	case len(f.Routes) == 0:
		return nil, f.mistake(0, "", errors.New("it has no [[route]]"))
	}
	f.lines = linesOf(text)
	return f, f.checkKeys()
}

// checkKeys tells where a key is one of the table's only but for the case of its letters,
// which the decoder takes.
func (f *routeFile) checkKeys() error {
	for _, table := range f.lines {
		for _, key := range slices.Sorted(maps.Keys(table.keys)) {
			if key != strings.ToLower(key) {
				return f.mistake(table.keys[key], key, errors.New("there is no such key"))
			}
		}
	}
	return nil
}

// mistake returns an error that names the file, the line where it is known, and the key
// unless it is empty. What stands in the file may hold anything.
func (f *routeFile) mistake(line int, key string, err error) error {
	where := f.path
	if line > 0 {
		where += ":" + strconv.Itoa(line)
	}
	if key != "" {
		where += ": " + key
	}
	return printable(fmt.Errorf("%s: %w", where, err))
}

// wrong returns a mistake at a key of the i-th table; where the table does not have the
// key, at the table.
func (f *routeFile) wrong(i int, key string, err error) error {
	return f.mistake(f.line(i, key), key, err)
}

// line returns the line of a key of the i-th table, or that of the table; 0 where it is
// not known.
func (f *routeFile) line(i int, key string) int {
	if i >= len(f.lines) {
		return 0 // it is in an array of inline tables
	}
	if line := f.lines[i].keys[key]; line > 0 {
		return line
	}
	return f.lines[i].table
}

var (
	errCertKey       = errors.New("cert and key go together")
	errClientCertKey = errors.New("client_cert and client_key go together")
)

// maxName is how many bytes the name of a route may have.
const maxName = 64

// route returns the i-th route, without what has to be read from files. Before are the
// routes above it.
func (f *routeFile) route(i int, before []routeConfig) (routeConfig, error) {
	t := &f.Routes[i]
	r := routeConfig{name: t.Name, listen: t.Listen, inFile: true}
	switch {
	case protocol.Printable(t.Name) != t.Name || len(t.Name) > maxName:
		return r, f.wrong(i, "name", fmt.Errorf("\"%s\" is no printable text of at most %d bytes", t.Name, maxName))
	case t.Server == "":
		return r, f.wrong(i, "server", errors.New("which server? give host[:port]"))
	case t.Cert != "" && t.Key == "":
		return r, f.wrong(i, "cert", errCertKey)
	case t.Key != "" && t.Cert == "":
		return r, f.wrong(i, "key", errCertKey)
	case t.ClientCert != "" && t.ClientKey == "":
		return r, f.wrong(i, "client_cert", errClientCertKey)
	case t.ClientKey != "" && t.ClientCert == "":
		return r, f.wrong(i, "client_key", errClientCertKey)
	case t.Listen == "":
		r.listen = defaultListen
	}
	r.listen = listenAddress(r.listen)
	if err := checkListen(r.listen); err != nil {
		return r, f.wrong(i, "listen", err)
	}
	if j := sameListen(before, r.listen); j >= 0 {
		what := ""
		if t.Listen == "" {
			what = ", the default"
		}
		return r, f.wrong(i, "listen", fmt.Errorf("the route of line %d listens on %s%s, too", f.line(j, "listen"), r.listen, what))
	}
	for j := range before {
		if t.Name != "" && before[j].name == t.Name {
			return r, f.wrong(i, "name", fmt.Errorf("the route of line %d is called \"%s\" too", f.line(j, "name"), t.Name))
		}
	}
	srv, err := parseServer(t.Server)
	if err != nil {
		return r, f.wrong(i, "server", err)
	}
	r.server = (&serverFlags{sni: t.SNI, insecure: t.Insecure}).add(srv)
	r.from = "in " + f.path
	if line := f.line(i, "listen"); line > 0 {
		r.from += ":" + strconv.Itoa(line)
	}
	return r, nil
}

// load reads the files that the i-th route names.
func (f *routeFile) load(i int, r *routeConfig) (err error) {
	t := &f.Routes[i]
	if t.CA != "" {
		if r.server.roots, err = readRoots(f.beside(t.CA)); err != nil {
			return f.wrong(i, "ca", err)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(f.beside(t.Cert), f.beside(t.Key))
		if err != nil {
			return f.wrong(i, "cert", err)
		}
		r.certificate = &pair
	}
	if t.ClientCert != "" {
		pair, err := tls.LoadX509KeyPair(f.beside(t.ClientCert), f.beside(t.ClientKey))
		if err != nil {
			return f.wrong(i, "client_cert", err)
		}
		r.server.certificate = &pair
	}
	return nil
}

// beside returns where a path in the file leads: it is relative to the file.
func (f *routeFile) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(f.path), path)
}
