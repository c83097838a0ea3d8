package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/capture/ca"
)

// TestParseServer: a port that is left out is 443, and an IPv6 address may stand in
// brackets.
func TestParseServer(t *testing.T) {
	for text, want := range map[string]server{
		"example.com":                   {address: "example.com:443"},
		"example.com:8443":              {address: "example.com:8443"},
		"192.0.2.1":                     {address: "192.0.2.1:443"},
		"::1":                           {address: "[::1]:443"},
		"[::1]":                         {address: "[::1]:443"},
		"[::1]:8443":                    {address: "[::1]:8443"},
		"2001:db8::1":                   {address: "[2001:db8::1]:443"},
		"fe80::1%eth0":                  {address: "[fe80::1%eth0]:443"},
		"anytls://example.com":          {address: "example.com:443"},
		"AnyTLS://pw@example.com:8443/": {address: "example.com:8443", password: "pw"},
		"anytls://pw@example.com:":      {address: "example.com:443", password: "pw"},
		"anytls://pw@[::1]":             {address: "[::1]:443", password: "pw"},
		"anytls://pw@[::1]:8443/?sni=x": {address: "[::1]:8443", password: "pw", sni: "x"},
		"anytls://a%2Fb%23c%3Fd%25@h":   {address: "h:443", password: "a/b#c?d%"},
		"anytls://user:pass@h#a%20name": {address: "h:443", password: "user:pass"},
		"anytls://p@w+d@h/?insecure=1":  {address: "h:443", password: "p@w+d", insecure: true},
		"anytls://pw@h?security=tls":    {address: "h:443", password: "pw"},
	} {
		got, err := parseServer(text)
		if err != nil || got != want {
			t.Errorf("%s is %+v, %v; want %+v", text, got, err, want)
		}
	}
}

// TestParseServerErrors: each says what is wrong, and what to do.
func TestParseServerErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "the host is missing",
		":443":                               "the host is missing",
		"example.com:":                       "the port is not a number from 1 to 65535",
		"example.com:65536":                  "the port is not a number from 1 to 65535",
		"a:b:c":                              "too many colons",
		"[::1":                               "missing ']'",
		"[example.com]":                      "is not host:port",
		"[fe80::1%\x1b]:1":                   "neither a name nor an IP address",
		"[fe80::1%a]b]":                      "is not host:port",
		"example.com/":                       "neither a name nor an IP address",
		"secret@example.com":                 "a password stands in a URI, anytls://PASSWORD@HOST:PORT",
		"anytls:secret@example.com":          "a password stands in a URI",
		"https://example.com":                `the scheme "https", not anytls`,
		"https://secret@example.com":         "whose scheme is not anytls",
		"secret://word@example.com":          "whose scheme is not anytls",
		"anytls://secret/x@example.com:443":  "/ is written %2F",
		"anytls://secret#x@example.com:443":  "# %23",
		"anytls://secret?x@example.com:443":  "? %3F",
		"anytls://s@ecret#x@example.com":     "# %23",
		"anytls://secret%zz@example.com":     "it is written %25",
		"anytls://secret@":                   "the host is missing",
		"anytls://secret@host:secret":        "the port is not a number",
		"anytls://secret@host:1:secret":      "too many colons",
		"anytls://secret@ho st":              "neither a name nor an IP address",
		"anytls://secret@h?sni=%zz":          "a query that is not KEY=VALUE&KEY=VALUE",
		"anytls://secret@h?insecure=maybe":   `insecure="maybe"`,
		"anytls://secret@h?security=Reality": "can't be looked into",
		"anytls://secret@h?sni=x&pbk=k&sid=": "can't be looked into",
	} {
		_, err := parseServer(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

// marker is a part of each password that FuzzParseServer makes.
const marker = "S3CR3T"

// FuzzParseServer: whatever a password holds, and wherever it stands before an @, no
// error repeats it; and what is taken is a usable address.
func FuzzParseServer(f *testing.F) {
	for _, password := range []string{"", "/", "#", "?", "%", "%zz", ":", "@", "://", "[", "anytls://", "?insecure=", "?security=reality&x=", "\x1b[2J", " ", "ä"} {
		for _, around := range [][2]string{{"anytls://", "@example.com:443/"}, {"", "@example.com:443"}, {"https://", "@h"}, {"anytls://", "@h:x"}, {"anytls://", "@[::1"}} {
			f.Add(around[0], password, password, around[1])
		}
	}
	f.Fuzz(func(t *testing.T, before, a, b, after string) {
		if strings.Contains(before, marker) || strings.Contains(after, marker) || !strings.Contains(after, "@") {
			return
		}
		s, err := parseServer(before + a + marker + b + after)
		if err != nil {
			if strings.Contains(err.Error(), marker) {
				t.Errorf("%q + %q: %v", before, after, err)
			}
			return
		}
		if again, err := serverAddress(s.address); err != nil || again != s.address {
			t.Errorf("the address %q is %q, %v", s.address, again, err)
		}
		if strings.Contains(s.address+s.sni, marker) {
			t.Errorf("the password is in the address %q or the SNI %q", s.address, s.sni)
		}
	})
}

// TestListenAddress: a port alone is one of this machine's own; the address of all
// interfaces stays what it is.
func TestListenAddress(t *testing.T) {
	for text, want := range map[string]string{
		"9443":           "127.0.0.1:9443",
		"0":              "127.0.0.1:0",
		":9443":          ":9443",
		"127.0.0.1:1":    "127.0.0.1:1",
		"0.0.0.0":        "0.0.0.0:9443",
		"::1":            "[::1]:9443",
		"[::1]":          "[::1]:9443",
		"[::1]:1":        "[::1]:1",
		"localhost:9443": "localhost:9443",
		"65536":          "65536",
		"x":              "x",
	} {
		if got := listenAddress(text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	// An address that is none is a mistake in the command line, and no address of all
	// interfaces. What may be a server's URI is not repeated.
	for _, text := range []string{"", "x", "127.0.0.1:", ":65536", "\x1b[31m:1", "anytls://secret@127.0.0.1:1"} {
		_, err := relayConfigOf(t, false, "-l", text, "-s", "::1")
		var wrong *usageError
		if !errors.As(err, &wrong) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", text, err)
		}
	}
	cfg, err := relayConfigOf(t, false, "-l", "9444", "-s", "::1")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the listener", cfg.routes[0].listen, "127.0.0.1:9444")
	holds(t, "the server", cfg.routes[0].server.address, "[::1]:443")
}

// clientCertificate makes a certificate, and files with it and its key.
func clientCertificate(t *testing.T) (given *tls.Certificate, cert, key string) {
	t.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	if given, err = authority.Certificate(&tls.ClientHelloInfo{ServerName: "client.example"}); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(given.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return given, write("client.pem", "CERTIFICATE", given.Certificate[0]), write("client.key", "PRIVATE KEY", der)
}
