package report_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestMeasurePassing: a scenario has what passed through, what sessions came to, and which of the
// diagnostics the server overruled; and reads as it was written.
func TestMeasurePassing(t *testing.T) {
	src := &source{t: t, now: noon, j: journal.New(journal.Limits{}, session.Config{
		Credentials: []session.Credential{{Hash: protocol.HashPassword("another")}},
	})}
	src.event(capture.Event{Kind: capture.Opened, Client: "127.0.0.1:50000", Server: "example.com:443"})
	preamble := protocol.Preamble{Hash: protocol.HashPassword("secret")}.Append(nil)
	src.event(capture.Event{Kind: capture.Data, Dir: protocol.ClientToServer, Data: preamble})
	src.frame(protocol.ClientToServer, protocol.Settings, "v=2", session.Fate{})
	src.pass(6 * time.Second)
	src.frame(protocol.ServerToClient, protocol.ServerSettings, "v=2", session.Fate{})
	src.frame(protocol.ClientToServer, protocol.SYN, "", session.Fate{})
	src.frame(protocol.ServerToClient, protocol.SYNACK, "refused", session.Fate{})
	src.close()

	s := report.Measure(src.j, nil, report.Scenario{})
	want := report.Scenario{
		Passing:  &journal.Passing{Streams: 1, Refused: 1},
		Outcomes: &journal.Outcomes{Accepted: 1},
	}
	got := report.Scenario{Passing: s.Passing, Outcomes: s.Outcomes}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	overruled := make(map[session.Code]uint64)
	for _, d := range s.Diagnostics {
		overruled[d.Code] = d.Overruled
	}
	if overruled[session.CodePasswordMismatch] != 1 || overruled[session.CodeServerSilent] != 0 || len(overruled) < 2 {
		t.Errorf("overruled: %v", overruled)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var read report.Scenario
	if err := json.Unmarshal(b, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Passing, read.Passing); diff != "" || read.Outcomes == nil || *read.Outcomes != *s.Outcomes {
		t.Errorf("read again: %s, %+v", diff, read.Outcomes)
	}
}
