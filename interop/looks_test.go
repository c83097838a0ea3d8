package interop

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestServersAreGuessed: a server never says what it is, and the relay guesses it right by what
// it does with a refused request, and with data.
func TestServersAreGuessed(t *testing.T) {
	for _, server := range Peers {
		t.Run(server.String(), func(t *testing.T) {
			t.Parallel()
			pair := Pair{Server: server, Client: FindPeer("sing-box")}
			if err := pair.Had(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			rig, err := start(ctx, t, pair, new(RelayMode))
			if err != nil {
				t.Fatal(err)
			}
			var traffic Traffic
			traffic.Spaced(ctx, rig.Proxy, 2, pace)
			if err := rig.Proxy.refused(ctx); err != nil {
				t.Error(err)
			}
			traffic.Bulk(ctx, rig.Proxy, small)
			tally, err := rig.Relay.Finish(ctx)
			if err != nil || !traffic.Works() {
				t.Fatalf("%v, %d of %d requests failed: %q", err, traffic.Failed, traffic.Requests, traffic.Failures)
			}
			complain(t, pair.Misguessed(tally.Looks))
			if len(tally.Looks["server"]) == 0 {
				t.Error("the relay guesses nothing of the server")
			}
			t.Logf("guesses: %q", tally.Looks)
		})
	}
}

// TestMisguessed: a guess of another implementation is a problem, and a client that is said to
// lie.
func TestMisguessed(t *testing.T) {
	pair := Pair{Server: FindPeer("anytls"), Client: FindPeer("sing-box")}
	for _, test := range []struct {
		name, looks string
		want        string // part of the only problem; "": none
	}{
		{"right", `"server":{"like":["anytls 0.3"]}`, ""},
		{"right among others", `"server":{"like":["anytls 0.5","anytls 0.3"]}`, ""},
		{"nothing", ``, ""},
		{"another version", `"server":{"like":["anytls 0.5"]}`, `looks like ["anytls 0.5"]`},
		{"another", `"server":{"like":["anytls-rs","anytls-go"]}`, `looks like ["anytls-rs" "anytls-go"]`},
		{"a client before its Settings", `"client":{"like":["anytls-go","sing-box"]}`, ""},
		{"a client that lies", `"client":{"like":["anytls-rs"]},"server":{"like":["anytls 0.3"]}`, "the client"},
	} {
		events := NewEvents()
		if _, err := events.Write([]byte(`{"event":"session-close","time":"2026-01-02T03:04:05Z","session":1,"looks":{` + test.looks + "}}\n")); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(pair.Misguessed(events.Tally().Looks), "\n")
		if (got != "") != (test.want != "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
