package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// rejectedBy has a session end before its server has said a word.
func rejectedBy(j *journal.Journal, id capture.SessionID, server string) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.Local)
	j.Record(&capture.Event{Kind: capture.Opened, Session: id, At: at, Client: "192.0.2.1:5000", Server: server})
	j.Record(&capture.Event{Kind: capture.Established, Session: id, At: at, TLS: new(capture.TLS)})
	settings, _ := protocol.AppendFrame(nil, protocol.Settings, 0, []byte("v=2"))
	preamble := protocol.Preamble{Hash: protocol.HashPassword("x"), Padding: 30}.Append(nil)
	j.Record(&capture.Event{Kind: capture.Data, Session: id, At: at, Dir: protocol.ClientToServer, Data: append(preamble, settings...)})
	j.Record(&capture.Event{Kind: capture.Closed, Session: id, At: at.Add(time.Second), By: session.ClosedByServer})
}

// TestTellIncidents: what went wrong in sessions is told, a few of it, and what to do about
// each kind once. What other lines tell is not told again, and nothing where all is well.
func TestTellIncidents(t *testing.T) {
	j := journal.New(journal.Limits{}, session.Config{})
	var told []string
	tell := func(text string) { told = append(told, text) }

	at := time.Unix(1e9, 0)
	j.Diagnose(at, journal.CodePreflight, "a first try failed")
	j.Diagnose(at, journal.CodeRecordingFailed, "no space")
	j.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: at, Client: "192.0.2.1:5000", Server: "192.0.2.9:443"})
	j.Record(&capture.Event{Kind: capture.Closed, Session: 1, At: at, By: session.ClosedByClient, Reason: "x", TLSFailed: true})
	if tellIncidents(j, tell); told != nil {
		t.Errorf("it is told %q", told)
	}

	for id := range capture.SessionID(6) {
		rejectedBy(j, 2+id, "192.0.2.9:443")
	}
	tellIncidents(j, tell)
	if len(told) != 3 || told[0] != "what went wrong in the sessions, the worst first:" ||
		!strings.HasPrefix(told[1], "error    2026-01-02 15:04:06 rejected: ") || !strings.HasSuffix(told[1], " [sessions 2–7]") ||
		told[2] != "  advice: "+session.CodeRejected.Spec().Advice {
		t.Errorf("it is told %q", told)
	}

	for id := range capture.SessionID(11) {
		rejectedBy(j, 10+id, fmt.Sprintf("192.0.2.%d:443", 10+id))
	}
	told = nil
	tellIncidents(j, tell)
	if n := len(told); n != 1+maxAftermath+1+1 || told[n-1] != "and 2 more" || strings.Count(strings.Join(told, "\n"), "advice") != 1 {
		t.Errorf("it is told %q", told)
	}
}

// TestIncidentLine: a line says how bad it is, when, what, and where. What is no state of a peer
// does not last, though nobody has seen its end.
func TestIncidentLine(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.Local)
	got := incidentLine(&session.Incident{
		Severity: session.Warning, Cause: session.CodeSYNACKError, Since: at, Last: at.Add(time.Minute), Route: "home", Text: "no route",
		Sessions: []uint32{3, 7}, SessionCount: 2,
	}, at)
	holds(t, "a line", got, "warning  15:04:05–15:05:05 synack-error: no route [sessions 3, 7; route home]")
	got = incidentLine(&session.Incident{Severity: session.Error, Cause: session.CodeServerSilent, Since: at, Last: at, Text: "silent"}, at)
	holds(t, "a line about what lasts", got, "error    since 15:04:05    server-silent: silent")
	got = incidentLine(&session.Incident{Severity: session.Error, Cause: session.CodeAlert, Since: at, Last: at, Text: "x" + strings.Repeat("é", 1<<10)}, at)
	holds(t, "a long line", got, "error    15:04:05          alert: x"+strings.Repeat("é", (maxSentence-1)/2)+"…")
}
