package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
)

// A server is the real server, and how to connect to it.
type server struct {
	address  string         // host:port
	password string         // from the URI; empty where it has none
	sni      string         // empty: the command's default; an IP address: none is sent
	insecure bool           // whether to skip the verification of its certificate
	roots    *x509.CertPool // to verify the certificate with; nil: the system's
	// certificate is what the server is shown where it asks for one; nil: none.
	certificate *tls.Certificate
}

// serverFlags say how to do TLS with the server.
type serverFlags struct {
	sni, roots string
	insecure   bool
	cert, key  string // what the client's side shows a server that asks for it
}

// register registers the flags. The usage of --sni says what its default is.
func (s *serverFlags) register(f *pflag.FlagSet, sniUsage string) {
	f.StringVar(&s.sni, "sni", "", sniUsage)
	f.BoolVarP(&s.insecure, "insecure", "k", false, "don't verify the server's certificate")
	f.StringVar(&s.roots, "server-ca", "", "verify the server with the roots in `FILE` (PEM; default: the system's)")
	f.StringVar(&s.cert, "client-cert", "", "show a server that asks for one the certificate in `FILE` (PEM)")
	f.StringVar(&s.key, "client-key", "", "its key is in `FILE` (PEM)")
}

// check tells where one of two flags that go together is missing.
func (s *serverFlags) check() error {
	if (s.cert == "") != (s.key == "") {
		return errors.New("--client-cert and --client-key go together")
	}
	return nil
}

// config returns srv, which holds what the SERVER argument says, with what the flags
// add. It reads the files that they name.
func (s *serverFlags) config(srv server) (server, error) {
	srv = s.add(srv)
	var err error
	if s.roots != "" {
		if srv.roots, err = readRoots(s.roots); err != nil {
			return server{}, fmt.Errorf("--server-ca: %w", err)
		}
	}
	if s.cert != "" {
		pair, err := tls.LoadX509KeyPair(s.cert, s.key)
		if err != nil {
			return server{}, fmt.Errorf("--client-cert %s, --client-key %s: %w", s.cert, s.key, err)
		}
		srv.certificate = &pair
	}
	return srv, nil
}

// add returns srv with what the flags add, but for what has to be read. The SNI of the flag
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
