package main

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// A server is the real server, and how to connect to it.
type server struct {
	address  string         // host:port
	password string         // from the URI; empty where it has none
	sni      string         // empty: the command's default; an IP address: none is sent
	insecure bool           // whether to skip the verification of its certificate
	roots    *x509.CertPool // to verify the certificate with; nil: the system's
}

// serverFlags say how to do TLS with the server.
type serverFlags struct {
	sni, roots string
	insecure   bool
}

// register registers the flags. The usage of --sni says what its default is.
func (s *serverFlags) register(f *pflag.FlagSet, sniUsage string) {
	f.StringVar(&s.sni, "sni", "", sniUsage)
	f.BoolVarP(&s.insecure, "insecure", "k", false, "don't verify the server's certificate")
	f.StringVar(&s.roots, "server-ca", "", "PEM roots to verify the server with, `FILE` (default: the system's)")
}

// config returns srv, which holds what the SERVER argument says, with what the flags
// add. It reads the roots.
func (s *serverFlags) config(srv server) (server, error) {
	srv = s.add(srv)
	if s.roots == "" {
		return srv, nil
	}
	var err error
	if srv.roots, err = readRoots(s.roots); err != nil {
		return server{}, fmt.Errorf("--server-ca: %w", err)
	}
	return srv, nil
}

// add returns srv with what the flags add, but for the roots. The SNI of the flag
// precedes that of the argument.
func (s *serverFlags) add(srv server) server {
	srv.insecure = srv.insecure || s.insecure
	srv.sni = cmp.Or(s.sni, srv.sni)
	return srv
}

// readRoots reads PEM certificates to verify a server with.
func readRoots(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no PEM certificate", path)
	}
	return pool, nil
}

// defaultPort is the port of a URI that names none.
const defaultPort = "443"

// parseServer parses the argument SERVER: host:port, or a URI as clients share it,
// anytls://password@host[:port]/?sni=NAME&insecure=1.
func parseServer(text string) (server, error) {
	if strings.Contains(text, "://") {
		return parseServerURI(text)
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return server{}, fmt.Errorf("server %q is not host:port: %w", text, err)
	}
	if err := checkHostPort(host, port); err != nil {
		return server{}, fmt.Errorf("server %q: %w", text, err)
	}
	return server{address: text}, nil
}

// parseServerURI parses the URI form. Its errors don't repeat the URI: it may hold
// the password.
func parseServerURI(text string) (server, error) {
	u, err := url.Parse(text)
	if err != nil {
		var urlErr *url.Error
		if errors.As(err, &urlErr) {
			err = urlErr.Err
		}
		return server{}, fmt.Errorf("server URI: %w", err)
	}
	if u.Scheme != "anytls" {
		return server{}, fmt.Errorf("server URI has the scheme %q, not anytls", u.Scheme)
	}
	port := u.Port()
	if port == "" {
		port = defaultPort
	}
	if err := checkHostPort(u.Hostname(), port); err != nil {
		return server{}, fmt.Errorf("server URI: %w", err)
	}
	s := server{address: net.JoinHostPort(u.Hostname(), port), sni: u.Query().Get("sni")}
	if u.User != nil {
		s.password = u.User.Username()
		if rest, ok := u.User.Password(); ok {
			s.password += ":" + rest
		}
	}
	switch v := u.Query().Get("insecure"); v {
	case "", "0", "false":
	case "1", "true":
		s.insecure = true
	default:
		return server{}, fmt.Errorf("server URI has insecure=%q, not 0 or 1", v)
	}
	return s, nil
}

// checkHostPort checks that both parts of a server's address are usable.
func checkHostPort(host, port string) error {
	if host == "" {
		return errors.New("the host is missing")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("the port %q is not a number from 1 to 65535", port)
	}
	return nil
}
