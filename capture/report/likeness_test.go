package report_test

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestMeasureGuesses: a peer that no name is known of is told as it looks, by what all of its
// sessions show together; one that has a name is not.
func TestMeasureGuesses(t *testing.T) {
	const goError = "dial tcp 192.0.2.1:1: connect: connection refused"
	fin := func(p protocol.Peer) said { return said{p, protocol.FIN, ""} }
	refused := func(text string) said { return said{protocol.Server, protocol.SYNACK, text} }
	for _, test := range []struct {
		name           string
		split          int // how many bytes of the preamble the first record has
		sessions       [][]said
		client, server string
	}{
		{"nothing is known", 0, [][]said{{{protocol.Client, protocol.SYN, ""}}}, "", "example.com:443"},
		{
			"sessions of one server", 0,
			[][]said{{fin(protocol.Server)}, {refused(goError)}},
			"", "example.com:443 (may be anytls-go, sing-anytls or anytls-inspect)",
		},
		{
			"sessions of two programs behind one address", 0,
			[][]said{{fin(protocol.Server), refused(goError)}, {refused("Failed to connect to 192.0.2.1:1: Connection refused (os error 111)")}},
			"", "example.com:443",
		},
		{
			"a client without a name", 32,
			[][]said{{{protocol.Client, protocol.Settings, "v=2\nsession=3"}}},
			"looks very much like anytls 0.5", "example.com:443",
		},
		{
			"a client with a name", 32,
			[][]said{{{protocol.Client, protocol.Settings, "v=2\nclient=own/1\nsession=3"}}},
			"own/1", "example.com:443",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := journal.New(journal.Limits{}, session.Config{})
			for i, all := range test.sessions {
				record(t, j, capture.SessionID(i+1), test.split, all)
			}
			s := report.Measure(j, nil, report.Scenario{})
			if s.Client.Name != test.client || s.Server.Name != test.server {
				t.Errorf("the client is %q, the server %q, want %q and %q", s.Client.Name, s.Server.Name, test.client, test.server)
			}
		})
	}
}

// A said is a frame that a peer sends.
type said struct {
	by      protocol.Peer
	command protocol.Command
	data    string
}

// record records a session whose preamble the client cuts behind so many bytes, and in which
// the peers send frames of stream 1.
func record(t *testing.T, j *journal.Journal, id capture.SessionID, split int, all []said) {
	t.Helper()
	event := func(e capture.Event) {
		e.At, e.Session = noon.Add(time.Duration(id)*time.Second), id
		j.Record(&e)
	}
	event(capture.Event{Kind: capture.Opened, Client: "127.0.0.1:50000", Server: "example.com:443"})
	preamble := protocol.Preamble{Padding: 30}.Append(nil)
	for _, part := range [][]byte{preamble[:split], preamble[split:]} { // in records of their own
		event(capture.Event{Kind: capture.Data, Dir: protocol.ClientToServer, Data: part})
	}
	for _, f := range all {
		b, err := protocol.AppendFrame(nil, f.command, 1, []byte(f.data))
		if err != nil {
			t.Fatal(err)
		}
		event(capture.Event{Kind: capture.Data, Dir: f.by.Other().Toward(), Data: b})
	}
}
