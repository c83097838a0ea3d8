package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestParsePasswords: a line is a password, or a name and a password. What is wrong is told
// by its line, of which nothing is told.
func TestParsePasswords(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []password
		err        string
	}{
		{"one", "secret", []password{{"", "secret"}}, ""},
		{"lines that end as others write them", "secret\r\nother\n", []password{{"", "secret"}, {"", "other"}}, ""},
		{"empty lines", "\n\nsecret\n\r\n\n", []password{{"", "secret"}}, ""},
		{"names", "alice:secret\nbob:other\nthird", []password{{"alice", "secret"}, {"bob", "other"}, {"", "third"}}, ""},
		{"a user of two", "alice:one\nalice:two", []password{{"alice", "one"}, {"alice", "two"}}, ""},
		{"colons", ":se:cret\nalice:se:cret\n::", []password{{"", "se:cret"}, {"alice", "se:cret"}, {"", ":"}}, ""},
		{"blanks are the password's", " secret ", []password{{"", " secret "}}, ""},
		{"a mark before the text", "\ufeffalice:secret", []password{{"alice", "secret"}}, ""},
		{"nothing", "", nil, "it holds no password"},
		{"empty lines alone", "\n\r\n", nil, "it holds no password"},
		{"no password", "one\n\nsecret:\n", nil, "line 3 has no password behind its colon"},
		{"no printable name", "one\nsec\x1bret:x", nil, "line 2: the name before the colon is no printable text"},
		{"a name that is too long", strings.Repeat("secret", 11) + ":x", nil, "of at most 64 bytes; a password with a colon is written :PW"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parsePasswords([]byte(tc.text))
			holds(t, "the passwords", got, tc.want)
			if (err != nil) != (tc.err != "") || err != nil && (!strings.Contains(err.Error(), tc.err) || strings.Contains(err.Error(), "sec")) {
				t.Errorf("the error is %v, want %q", err, tc.err)
			}
		})
	}
}

// TestPasswords: the passwords of the flags and that of a server's URI all count; that of the
// environment is for where there are none. A ping needs one.
func TestPasswords(t *testing.T) {
	environment(t, "of-the-environment", "")
	file := filepath.Join(t.TempDir(), "passwords")
	if err := os.WriteFile(file, []byte("alice:one\n\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	credentials := func(users ...string) (all []session.Credential) {
		for _, text := range users {
			name, text, _ := strings.Cut(text, ":")
			all = append(all, session.Credential{User: name, Hash: protocol.HashPassword(text)})
		}
		return all
	}
	for _, tc := range []struct {
		line string
		want []session.Credential
		ping string // what it takes; "": that is a mistake
	}{
		{"", credentials(":of-the-environment"), "of-the-environment"},
		{"-p one", credentials(":one"), "one"},
		{"-p name:one", credentials(":name:one"), "name:one"},
		{"-p one -p two", credentials(":one", ":two"), ""},
		{"--password-file " + file, credentials("alice:one", ":two"), ""},
	} {
		line := strings.Fields(tc.line)
		relay, err := relayConfigOf(t, false, append([]string{"-s", "example.com:443"}, line...)...)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, "relay "+tc.line, relay.routes[0].credentials, tc.want)
		replay, err := replayConfigOf(t, line...)
		if err != nil {
			t.Fatal(err)
		}
		holds(t, "replay "+tc.line, replay.credentials, tc.want)
		relay, err = relayConfigOf(t, false, append([]string{"-s", "anytls://of-the-uri@example.com:443"}, line...)...)
		if err != nil {
			t.Fatal(err)
		}
		want := append(tc.want[:len(tc.want):len(tc.want)], credentials(":of-the-uri")...)
		if tc.line == "" {
			want = want[1:]
		}
		holds(t, "relay with a URI "+tc.line, relay.routes[0].credentials, want)

		ping, err := pingConfigOf(t, "example.com:443", line...)
		if mistake := new(*usageError); errors.As(err, mistake) != (tc.ping == "") || err != nil && tc.ping != "" {
			t.Errorf("ping %s: %v", tc.line, err)
		}
		if err == nil {
			holds(t, "ping "+tc.line, ping.password, tc.ping)
		}
	}
}
