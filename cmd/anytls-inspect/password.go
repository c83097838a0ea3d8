package main

import (
	"cmp"
	"errors"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// passwordEnv is the environment variable that may hold the password.
const passwordEnv = "ANYTLS_PASSWORD"

// passwordFlags say which password clients authenticate with. Others on the machine
// can see the command line, but neither the file nor the environment.
type passwordFlags struct{ password, file string }

func (p *passwordFlags) register(f *pflag.FlagSet) {
	f.StringVarP(&p.password, "password", "p", "", "the password, `PW` (also ANYTLS_PASSWORD)")
	f.StringVar(&p.file, "password-file", "", "read the password from the first line of `FILE`")
}

// config returns the password: that of the flags, else that of the server's URI, else
// that of the environment. It is empty where none of them has one.
func (p *passwordFlags) config(uri string) (string, error) {
	password, err := p.given()
	if err != nil {
		return "", err
	}
	return passwordOf(password, uri), nil
}

// given returns the password of the flags, empty where they have none. It reads the file.
func (p *passwordFlags) given() (string, error) {
	if p.file == "" {
		return p.password, nil
	}
	if p.password != "" {
		return "", errors.New("give --password or --password-file, not both")
	}
	text, err := os.ReadFile(p.file)
	if err != nil {
		return "", err
	}
	password, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(password, "\r"), nil
}

// passwordOf returns the password by which the clients of a server authenticate: the
// given one, else that of the server's URI, else that of the environment.
func passwordOf(given, uri string) string { return cmp.Or(given, uri, os.Getenv(passwordEnv)) }

// credentialsOf returns what clients authenticate with by a password, nothing where that is
// empty.
func credentialsOf(password string) []session.Credential {
	if password == "" {
		return nil
	}
	return []session.Credential{{Hash: protocol.HashPassword(password)}}
}
