package pane_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/pane"
)

// refused is a run of session 7, of which stream 1 is refused. There are diagnostics,
// since there was no Settings.
func refused(t *testing.T) *journal.Journal {
	t.Helper()
	j := journal.New(journal.Limits{Entries: 64, Bytes: 1 << 10}, session.Config{})
	now := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	up := protocol.Preamble{Hash: protocol.HashPassword("x")}.Append(nil)
	up, err := protocol.AppendFrame(up, protocol.SYN, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	down, err := protocol.AppendFrame(nil, protocol.SYNACK, 1, []byte("no"))
	if err != nil {
		t.Fatal(err)
	}
	j.Record(&capture.Event{Kind: capture.Opened, Session: 7, At: now})
	j.Record(&capture.Event{Kind: capture.Data, Session: 7, At: now, Dir: protocol.ClientToServer, Data: up, RecordsUnknown: true})
	j.Record(&capture.Event{Kind: capture.Data, Session: 7, At: now, Dir: protocol.ServerToClient, Data: down, RecordsUnknown: true})
	return j
}

// TestIntents: what each pane wants of the others when it asks, and after keys.
func TestIntents(t *testing.T) {
	j := refused(t)
	frames := journal.Look(j, journal.AskFrames{Before: 9}).Rows
	synack := frames[len(frames)-1].Index
	diagnostic := journal.Look(j, journal.AskDiagnostics{Window: journal.Window{Limit: 1}}).Rows[0].Index
	entry := func(index uint64) *journal.Entry { return &journal.Entry{Index: index} }

	newStreams, newFrames, stream, described := new(pane.Streams), new(pane.Frames), new(pane.Frames), new(pane.Detail)
	newStreams.Show(7)
	newFrames.Show(7, 0)
	stream.Show(7, 1)
	described.DescribeSession()
	incident := new(pane.Incidents)
	incident.Ask(j, 10)
	incident.Open()
	if got := incident.OpenHint(); got != "its frame" {
		t.Errorf("enter on a diagnostic opens %q", got)
	}
	tests := []struct {
		name       string
		pane       pane.Pane
		ask        pane.Intent
		moved      pane.Intent // by a move to the first row
		opens      string
		open, back pane.Intent
	}{
		{
			name: "sessions", pane: new(pane.Sessions),
			ask: pane.TurnTo{Session: 7}, moved: pane.TurnTo{}, opens: "frames", open: pane.ShowPane{Pane: pane.FramesID},
		},
		{name: "streams", pane: newStreams, opens: "its frames", open: pane.ListFrames{Stream: 1}},
		{name: "streams of all sessions", pane: new(pane.Streams), opens: "its frames"},
		{
			name: "frames", pane: newFrames,
			ask: pane.Describe{Frame: entry(synack)}, moved: pane.Describe{}, opens: "details", open: pane.OpenDetail{},
		},
		{
			name: "frames of a stream", pane: stream,
			ask: pane.Describe{Frame: entry(synack)}, moved: pane.Describe{}, opens: "details", open: pane.OpenDetail{}, back: pane.ListFrames{},
		},
		{name: "heartbeats", pane: new(pane.Heartbeats)},
		{
			name: "incidents", pane: new(pane.Incidents), // opening one leads on, and going back leads here
			opens: "effects", open: pane.ShowPane{Pane: pane.IncidentsID}, back: pane.ShowPane{Pane: pane.IncidentsID},
		},
		{
			name: "diagnostics of an incident", pane: incident,
			opens: "effects", open: pane.FindFrame{Session: 7, Index: diagnostic}, back: pane.ShowPane{Pane: pane.IncidentsID},
		},
		{name: "detail of a frame", pane: new(pane.Detail), back: pane.CloseDetail{To: pane.FramesID}},
		{name: "detail of a session", pane: described, back: pane.CloseDetail{To: pane.SessionsID}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hold := func(what string, got, want pane.Intent) {
				t.Helper()
				// Of a frame, its index is enough to tell it.
				if d, ok := got.(pane.Describe); ok && d.Frame != nil {
					got = pane.Describe{Frame: entry(d.Frame.Index)}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", what, diff)
				}
			}
			hold("asking", tt.pane.Ask(j, 10), tt.ask)
			hold("opening", tt.pane.Open(), tt.open)
			hold("going back", tt.pane.Back(), tt.back)
			hold("moving", tt.pane.Move(pane.ToTop), tt.moved)
			if got := tt.pane.OpenHint(); got != tt.opens {
				t.Errorf("enter opens %q, want %q", got, tt.opens)
			}
		})
	}
}
