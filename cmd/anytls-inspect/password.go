package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// passwordEnv is the environment variable that may hold the password.
const passwordEnv = "ANYTLS_PASSWORD"

// passwordFlags say which passwords clients authenticate with. Others on the machine
// can see the command line, but neither the file nor the environment.
type passwordFlags struct {
	passwords []string
	file      string
}

// A password is one that clients authenticate with.
type password struct {
	user string // whose it is, printable; empty: it has no name
	text string // not empty
}

// register adds the flags of a command that knows several passwords.
func (p *passwordFlags) register(f *pflag.FlagSet) {
	f.StringArrayVarP(&p.passwords, "password", "p", nil, "say whether clients have the password `PW`; can be repeated (also ANYTLS_PASSWORD)")
	f.StringVar(&p.file, "password-file", "", "read passwords from `FILE`, one a line: PW or NAME:PW (one with a colon: NAME:PW or :PW)")
}

// registerOne adds the flags of a command that needs one password.
func (p *passwordFlags) registerOne(f *pflag.FlagSet) {
	f.StringArrayVarP(&p.passwords, "password", "p", nil, "authenticate with the password `PW` (also ANYTLS_PASSWORD)")
	f.StringVar(&p.file, "password-file", "", "read the password from the line of `FILE`: PW or NAME:PW (one with a colon: NAME:PW or :PW)")
}

// one returns the one password: that of the flags, else that of the server's URI, else that
// of the environment. It is empty where none of them has one.
func (p *passwordFlags) one(uri string) (string, error) {
	given, err := p.given()
	switch {
	case err != nil:
		return "", err
	case len(given) > 1:
		return "", usage(fmt.Errorf("which password? give one: there are %d", len(given)))
	case len(given) == 1:
		return given[0].text, nil
	default:
		return cmp.Or(uri, os.Getenv(passwordEnv)), nil
	}
}

// all returns what clients authenticate with by the passwords of the flags; where there are
// none, by that of the environment.
func (p *passwordFlags) all() ([]session.Credential, error) {
	given, err := p.given()
	if err != nil {
		return nil, err
	}
	return credentialsWith(given, ""), nil
}

// given returns the passwords of the flags. It reads the file.
func (p *passwordFlags) given() (given []password, err error) {
	for _, text := range p.passwords {
		if text != "" {
			given = append(given, password{text: text})
		}
	}
	switch {
	case p.file == "":
		return given, nil
	case len(given) > 0:
		return nil, usage(errors.New("give --password or --password-file, not both"))
	}
	text, err := os.ReadFile(p.file)
	if err != nil {
		return nil, err
	}
	given, err = parsePasswords(text)
	if err != nil {
		return nil, fmt.Errorf("--password-file %s: %w", p.file, err)
	}
	return given, nil
}

// maxUser is how many bytes the name of a user may have.
const maxUser = 64

// parsePasswords returns the passwords of a file's text. Each line is one, behind the name
// of a user and a colon if it has a colon; lines that are empty are left out. Of a line
// nothing is in an error: it may be a password.
func parsePasswords(text []byte) (all []password, err error) {
	number := 0
	for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		number++
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(line) == 0 {
			continue
		}
		name, text, named := strings.Cut(string(line), ":")
		if !named {
			name, text = "", name
		}
		switch {
		case text == "":
			return nil, fmt.Errorf("line %d has no password behind its colon", number)
		case protocol.Printable(name) != name || len(name) > maxUser:
			return nil, fmt.Errorf("line %d: the name before the colon is no printable text of at most %d bytes; a password with a colon is written :PW", number, maxUser)
		}
		all = append(all, password{name, text})
	}
	if len(all) == 0 {
		return nil, errors.New("it holds no password")
	}
	return all, nil
}

// credentialsWith returns what the clients of a server authenticate with: by the given
// passwords and that of the server's URI, or where there are none, by that of the
// environment.
func credentialsWith(given []password, uri string) (all []session.Credential) {
	for _, p := range given {
		all = append(all, session.Credential{User: p.user, Hash: protocol.HashPassword(p.text)})
	}
	if all = append(all, credentialsOf(uri)...); len(all) > 0 {
		return all
	}
	return credentialsOf(os.Getenv(passwordEnv))
}

// credentialsOf returns what clients authenticate with by a password, nothing where that is
// empty.
func credentialsOf(password string) []session.Credential {
	if password == "" {
		return nil
	}
	return []session.Credential{{Hash: protocol.HashPassword(password)}}
}
