package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// parseServer parses the argument SERVER: host[:port], or a URI as clients share it,
// anytls://password@host[:port]/?sni=NAME&insecure=1. What may hold the password is in no
// error: neither a URI, nor a text with an @.
func parseServer(text string) (server, error) {
	scheme, rest, found := strings.Cut(text, "://")
	switch {
	case found && strings.EqualFold(scheme, "anytls"):
		return parseServerURI(rest)
	case strings.Contains(text, "@") && !found:
		return server{}, errors.New("the server has an @: a password stands in a URI, " +
			"anytls://PASSWORD@HOST:PORT, or is given apart, with -p or --password-file")
	case strings.Contains(text, "@"):
		return server{}, errors.New("the server is a URI whose scheme is not anytls")
	case found:
		return server{}, fmt.Errorf("server URI has the scheme %q, not anytls", scheme)
	}
	address, err := serverAddress(text)
	if err != nil {
		return server{}, fmt.Errorf("server %q is not host:port: %w", text, err)
	}
	return server{address: address}, nil
}

// errUnescaped says what must not stand in a URI as it is.
var errUnescaped = errors.New("server URI has an @ behind its host: in a password / is written %2F, # %23, ? %3F and % %25 " +
	"(and @ in a remark %40); or leave the password out and give it with -p or --password-file")

// errReality says that the relay has no key for what stands between client and server.
var errReality = errors.New("server URI asks for REALITY: it can't be looked into, since the client takes no certificate but the one " +
	"that the server makes for its key; let the server offer plain TLS beside it, and give that")

// parseServerURI parses the URI form, behind its scheme.
func parseServerURI(text string) (s server, err error) {
	// The library would take what follows a / # or ? of the password for the path, the
	// remark or the query, and what stands before it for the host.
	authority, rest := text, ""
	if end := strings.IndexAny(text, "/?#"); end >= 0 {
		authority, rest = text[:end], text[end:]
	}
	if strings.Contains(rest, "@") {
		return server{}, errUnescaped
	}
	rest, _, _ = strings.Cut(rest, "#")
	_, query, _ := strings.Cut(rest, "?")
	address := authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		address = authority[at+1:]
		if s.password, err = url.PathUnescape(authority[:at]); err != nil {
			return server{}, errors.New("server URI has a % in its password that two hexadecimal digits don't follow: it is written %25")
		}
	}
	if s.address, err = serverAddress(strings.TrimSuffix(address, ":")); err != nil {
		return server{}, fmt.Errorf("server URI: %w", err)
	}
	return s, s.takeQuery(query)
}

// takeQuery takes what the query of a URI says.
func (s *server) takeQuery(text string) error {
	query, err := url.ParseQuery(text)
	if err != nil {
		return errors.New("server URI has a query that is not KEY=VALUE&KEY=VALUE, with what is special in a value escaped")
	}
	if strings.EqualFold(query.Get("security"), "reality") || query.Get("pbk") != "" {
		return errReality
	}
	s.sni = query.Get("sni")
	switch v := query.Get("insecure"); v {
	case "", "0", "false":
	case "1", "true":
		s.insecure = true
	default:
		return fmt.Errorf("server URI has insecure=%q, not 0 or 1", v)
	}
	return nil
}
