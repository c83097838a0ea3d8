package interop

import (
	"strings"
	"testing"
)

// TestGuesses: a guess of another implementation, a client that is said to lie, and a server
// that is guessed in none of several pairs that work are problems.
func TestGuesses(t *testing.T) {
	pair := Pair{Server: FindPeer("anytls"), Client: FindPeer("sing-box")}
	works := Traffic{Requests: 1}
	for _, test := range []struct {
		name    string
		lines   string
		traffic Traffic
		want    string // part of the only problem; "": none
	}{
		{"right", `"server":{"like":["anytls 0.3"]}`, works, ""},
		{"right among others", `"server":{"like":["anytls 0.5","anytls 0.3"]}`, works, ""},
		{"another version", `"server":{"like":["anytls 0.5"]}`, works, `looks like ["anytls 0.5"]`},
		{"another", `"server":{"like":["anytls-rs","anytls-go"]}`, works, `looks like ["anytls-rs" "anytls-go"]`},
		{"a client before its Settings", `"client":{"like":["anytls-go","sing-box"]},"server":{"like":["anytls 0.3"]}`, works, ""},
		{"a client that lies", `"client":{"like":["anytls-rs"]},"server":{"like":["anytls 0.3"]}`, works, "the client"},
		{"nothing", ``, works, "looks like nothing in 3 pairs"},
		{"nothing, of a pair that fails", ``, Traffic{Requests: 2, Failed: 1}, ""},
	} {
		events := NewEvents()
		if _, err := events.Write([]byte(`{"event":"session-close","time":"2026-01-02T03:04:05Z","session":1,"looks":{` + test.lines + "}}\n")); err != nil {
			t.Fatal(err)
		}
		var guesses Guesses
		var got string
		for range 3 {
			got = strings.Join(guesses.Add(pair, events.Tally().Looks, test.traffic), "\n")
		}
		if got == "" {
			got = strings.Join(guesses.Missed(), "\n")
		}
		if (got != "") != (test.want != "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
