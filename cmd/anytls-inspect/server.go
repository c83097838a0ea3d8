package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// A server is what the SERVER argument says: host:port, or the ecosystem's
// anytls://password@host[:port]/?sni=NAME&insecure=1.
type server struct {
	address  string // host:port
	password string
	sni      string
	insecure bool
}

const defaultPort = "443"

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

// parseServerURI parses the URI form. Its errors don't repeat it: it may hold
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

func checkHostPort(host, port string) error {
	if host == "" {
		return errors.New("the host is missing")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("the port %q is not a number from 1 to 65535", port)
	}
	return nil
}
