package process

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
)

// Values are what placeholders stand for. One that is empty stands for nothing that the end may use.
type Values struct {
	Listen   string // {listen}, {listen_host}, {listen_port}: where a server is to listen
	Server   string // {server}, {server_host}, {server_port}: where a client finds its server
	Socks    string // {socks}, {socks_host}, {socks_port}: where a client's SOCKS inbound is to listen
	Password string // {password}
	Cert     string // {cert}: a PEM file with the server's certificate
	Key      string // {key}: a PEM file with its key
	CA       string // {ca}: a PEM file with the authority that a client may verify with
	Dir      string // {dir}: a folder for the program's files
}

const (
	config  = "config"
	hostEnd = "_host"
	portEnd = "_port"
)

// purposes are the placeholders, and why a command needs them.
var purposes = map[string]string{
	"listen": "a server has to be told where to listen", "listen_host": "", "listen_port": "",
	"server": "a client has to be told where its server is", "server_host": "", "server_port": "",
	"socks": "a client has to be told where its SOCKS inbound is to listen", "socks_host": "", "socks_port": "",
	"password": "both ends need the same password",
	"cert":     "a server has to be told its certificate",
	"key":      "a server has to be told its key",
	"ca":       "a client has to be told whom it may trust",
	"dir":      "the program has to be told where its files belong",
	config:     "the program has to be told where its configuration is",
}

func allNames() string {
	return "{" + strings.Join(slices.Sorted(maps.Keys(purposes)), "} {") + "}"
}

// placeholder is what looks like one. Braces with anything else between them, as in JSON, stay.
var placeholder = regexp.MustCompile(`\{([A-Za-z_]+)\}`)

// names returns what the text's placeholders are called.
func names(text string) []string {
	var all []string
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	return all
}

// table returns what each placeholder stands for, but {config}: only a file that is written has a
// path.
func (v Values) table() (map[string]string, error) {
	table := map[string]string{"password": v.Password, "cert": v.Cert, "key": v.Key, "ca": v.CA, "dir": v.Dir}
	for name, addr := range map[string]string{"listen": v.Listen, "server": v.Server, "socks": v.Socks} {
		table[name], table[name+hostEnd], table[name+portEnd] = addr, "", ""
		if addr == "" {
			continue
		}
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, fmt.Errorf("{%s} stands for %s, which is not host:port", name, quote(addr))
		}
		table[name+hostEnd], table[name+portEnd] = host, port
	}
	return table, nil
}

// replace replaces the placeholders of a text by their values, as write has them. Values are not
// looked through again, and what the table does not have stays.
func replace(text string, table map[string]string, write func(value string) string) (string, error) {
	var failed error
	replaced := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		value, known := table[match[1:len(match)-1]]
		switch {
		case !known:
			return match
		case value == "":
			failed = fmt.Errorf("%s stands for nothing here", match)
		}
		return write(value)
	})
	return replaced, failed
}

func asIs(value string) string { return value }

// file replaces the placeholders of a configuration. In JSON, values are written as its strings
// have them.
func file(text string, table map[string]string) (string, error) {
	write := asIs
	if strings.HasPrefix(strings.TrimLeft(text, "\ufeff \t\r\n"), "{") {
		write = escaped
	}
	replaced, err := replace(text, table, write)
	if err != nil {
		return "", fmt.Errorf("the configuration's %w", err)
	}
	return replaced, nil
}

// escaped returns what stands between the quotation marks of a JSON string.
func escaped(value string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return value // no string fails
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(b.String(), "\n"), `"`), `"`)
}

// expand returns the words and the environment with the placeholders replaced. Values are not split.
func (c Command) expand(table map[string]string) (words, env []string, err error) {
	if words, err = replaceEach(c.Words, table); err != nil {
		return nil, nil, err
	}
	env, err = replaceEach(c.Env, table)
	return words, env, err
}

func replaceEach(texts []string, table map[string]string) ([]string, error) {
	var all []string
	for _, text := range texts {
		replaced, err := replace(text, table, asIs)
		if err != nil {
			return nil, err
		}
		all = append(all, replaced)
	}
	return all, nil
}
