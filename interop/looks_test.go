package interop

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestServersAreGuessed: a server never says what it is, and the relay guesses it right by what
// it does with a refused request, and with data.
func TestServersAreGuessed(t *testing.T) {
	for _, server := range Peers {
		t.Run(server.String(), func(t *testing.T) {
			t.Parallel()
			pair := Pair{Server: server, Client: FindPeer("sing-box")}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			rig, relay := startRelayed(ctx, t, pair, RelayMode{})
			rig.showsHabits(ctx, t)
			tally, err := relay.Finish(ctx)
			if err != nil {
				t.Fatal(err)
			}
			complain(t, tally.Problems(0))
			complain(t, pair.Misguessed(tally.Looks))
			// A server of mihomo's refuses nothing: it says SYNACK before it connects.
			if guessed := len(tally.Looks["server"]) > 0; guessed != (server.Name != "mihomo") {
				t.Errorf("the relay guesses the server: %v", guessed)
			}
			t.Logf("guesses: %q", tally.Looks)
		})
	}
}

// TestClientsAreGuessed: a client is guessed right by what it does, whatever name its Settings have, and
// however its TLS greets.
func TestClientsAreGuessed(t *testing.T) {
	utls := FindPeer("sing-box v1.14.1")
	for _, client := range append(slices.Clone(Peers), utls.As("sing-box-chrome"), utls.As("sing-box-firefox")) {
		t.Run(client.String(), func(t *testing.T) {
			t.Parallel()
			pair := Pair{Server: FindPeer("anytls"), Client: client}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			j := journal.New(journal.Limits{}, session.Config{})
			rig := start(ctx, t, pair, func(server string) string {
				return serveRelay(ctx, t, server, capture.NewRegistry(), j)
			})
			rig.showsHabits(ctx, t)
			looks := make(map[string][][]string)
			var all session.Looks
			for _, row := range journal.Look(j, journal.AskSessions{Window: journal.Window{Limit: 100}}).Rows {
				its := row.State.Looks[protocol.Client]
				all = all.Plus(its)
				if names := its.Guess(protocol.Client).Names; len(names) > 0 {
					looks["client"] = append(looks["client"], names)
				}
			}
			guess := all.Guess(protocol.Client)
			if len(guess.Names) == 0 {
				t.Error("nothing is guessed of the client")
			}
			complain(t, pair.Misguessed(looks))
			complain(t, pair.Misguessed(map[string][][]string{"client": {guess.Names}}))
			t.Logf("of all sessions: it %s; of each: %q", guess.Because(), looks["client"])
		})
	}
}

// showsHabits has both ends do what implementations do in ways of their own.
func (r *rig) showsHabits(ctx context.Context, t *testing.T) {
	t.Helper()
	if sent := r.Spaced(ctx, 2, 100*time.Millisecond); sent.Failed > 0 {
		t.Errorf("of %d requests failed %d: %q", sent.Requests, sent.Failed, sent.Failures)
	}
	r.refused(ctx, t)
	if _, err := r.Download(ctx, 1<<20); err != nil {
		t.Errorf("the download: %v", err)
	}
	if _, err := r.Upload(ctx, 1<<20); err != nil {
		t.Errorf("the upload: %v", err)
	}
}

// refused sends a request to an address where nobody listens, and waits for what comes of it: the
// text of the server's refusal has its library's words.
func (r *rig) refused(ctx context.Context, t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := r.Dial(ctx, "tcp", freeAddr(t))
	if err != nil {
		return // the client has the refusal, and says so
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "?"); err != nil {
		return
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if n, _ := io.Copy(io.Discard, conn); n > 0 {
		t.Errorf("%d bytes came from where nobody listens", n)
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
