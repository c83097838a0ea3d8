package capture

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
)

// TestStateNote: a recording's note on bytes that stand, or heartbeats that wait, is read
// as what it was written of; and nothing else is.
func TestStateNote(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC)
	for _, tt := range []struct {
		e    Event
		note string
	}{
		{Event{Kind: Blocked, Dir: protocol.ClientToServer, Since: since, Bytes: 4096}, "blocked c2s since 2026-01-02T03:04:05.6789Z: 4096 bytes"},
		{
			Event{Kind: Blocked, Dir: protocol.ClientToServer, Since: since, Bytes: 46, Silent: true},
			"blocked c2s since 2026-01-02T03:04:05.6789Z: 46 bytes, none acknowledged",
		},
		{Event{Kind: Unblocked, Dir: protocol.ServerToClient}, "unblocked s2c"},
		{
			Event{Kind: HeartbeatsWait, Dir: protocol.ServerToClient, Since: since, Why: "the server: it does not read"},
			"heartbeats s2c wait since 2026-01-02T03:04:05.6789Z: the server: it does not read",
		},
		{Event{Kind: HeartbeatsGo, Dir: protocol.ClientToServer}, "heartbeats c2s go"},
		{
			applied(protocol.ServerToClient, Application{
				Rule: 2, Action: "delay", Header: protocol.Header{Command: protocol.SYNACK, Stream: 3, Length: 12}, Waits: true, Text: "for 4s",
			}),
			"applied s2c rule 2 delay SYNACK, stream 3, 12 bytes, waits: for 4s",
		},
		{
			applied(protocol.ServerToClient, Application{
				Rule: 2, Action: "hold", Header: protocol.Header{Command: 99}, Ended: true, Held: 1500 * time.Millisecond, Text: "released: the server: `a\\x00`",
			}),
			"applied s2c rule 2 hold unknown(99), 0 bytes, ended after 1.5s: released: the server: `a\\x00`",
		},
		{
			applied(protocol.ClientToServer, Application{Rule: 65535, Action: "split", Header: protocol.Header{Length: 30}, Preamble: true, All: true}),
			"applied c2s rule 65535 split preamble, 30 bytes, all",
		},
		{
			applied(protocol.ClientToServer, Application{Rule: 1, Action: "drop", Header: protocol.Header{Command: protocol.Waste}, Ended: true}),
			"applied c2s rule 1 drop Waste, 0 bytes, ended after 0s",
		},
		{
			applied(protocol.ServerToClient, Application{
				Rule: 3, Action: "insert", Header: protocol.Header{Command: protocol.SYNACK, Stream: 3}, Again: true, Undone: true, Text: "not done: that peer is gone",
			}),
			"applied s2c rule 3 insert SYNACK, stream 3, 0 bytes, again, not done: not done: that peer is gone",
		},
	} {
		if got := StateNote(&tt.e); got != tt.note {
			t.Errorf("the note is %q, want %q", got, tt.note)
		}
		got, ok := ParseStateNote(tt.note)
		if diff := cmp.Diff(tt.e, got); !ok || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", tt.note, ok, diff)
		}
		if _, ok := ParseNote(tt.note); ok {
			t.Errorf("%q is a note on a frame, too", tt.note)
		}
	}
	for _, other := range []Kind{Listening, Opened, Data, Gap, Gone, Probed, Closed} {
		if note := StateNote(&Event{Kind: other}); note != "" {
			t.Errorf("of an event of kind %d: %q", other, note)
		}
	}
	for _, comment := range []string{
		"", "blocked", "unblocked", "blocked c2s", "unblocked c2s: 1 bytes", "unblocked c2c", "unblocked c2s now",
		"blocked c2s since 2026-01-02T03:04:05Z: 1", "blocked c2s since 2026-01-02T03:04:05Z: -1 bytes",
		"blocked c2s since 2026-01-02T03:04:05Z: 99999999999999999999 bytes", "blocked c2s since yesterday: 1 bytes",
		"blocked c2s: 1 bytes", "blocked since 2026-01-02T03:04:05Z: 1 bytes",
		"heartbeats c2s", "heartbeats c2s wait: why", "heartbeats c2s go: on", "heartbeats go",
		"applied c2s", "applied c2c rule 1 drop PSH, 1 bytes", "applied c2s rule 0 drop PSH, 1 bytes", "applied c2s rule 1 drop PSH", "applied c2s rule 1  PSH, 1 bytes",
		"applied c2s rule 1 drop PSH, 65536 bytes", "applied c2s rule 1 drop PSH, 1 bytes: ", "applied c2s rule 1 drop psh, 1 bytes", "applied c2s rule 1 drop PSH, 1 bytes, ended after -1s",
		"applied c2s rule 1 drop unknown(256), 1 bytes", "applied c2s rule 1 DROP PSH, 1 bytes", "applied c2s rule 1 drop PSH, 1 bytes, more",
		"injected HeartRequest", "held PSH, stream 1, for 2s", CutNote("blocked c2s since 2026-01-02T03:04:05Z: 1 bytes"),
	} {
		if e, ok := ParseStateNote(comment); ok {
			t.Errorf("%q is taken for %+v", comment, e)
		}
	}
	e, ok := ParseStateNote("heartbeats c2s wait since 2026-01-02T03:04:05Z: \x1b[31m" + strings.Repeat("x", 1000))
	if want := `\x1b[31mxx`; !ok || !strings.HasPrefix(e.Why, want) || len(e.Why) > 600 {
		t.Errorf("why is %q", e.Why)
	}
}

func applied(dir protocol.Direction, a Application) Event {
	return Event{Kind: Applied, Dir: dir, Application: &a}
}

// TestApplicationNoteIsBounded: what a rule does is told in a printable text of some length.
func TestApplicationNoteIsBounded(t *testing.T) {
	e := applied(protocol.ClientToServer, Application{Rule: 1, Action: "drop", Text: strings.Repeat("x", 1000)})
	if note := StateNote(&e); len(note) > 700 {
		t.Errorf("a note of %d bytes", len(note))
	}
	got, ok := ParseStateNote("applied c2s rule 1 drop Waste, 0 bytes: \x1b[31m" + strings.Repeat("x", 1000))
	if want := `\x1b[31mxx`; !ok || !strings.HasPrefix(got.Application.Text, want) || len(got.Application.Text) > 600 {
		t.Errorf("%v, %+v", ok, got.Application)
	}
}

// FuzzParseStateNote: what is read of any comment is written as a note that says the same.
func FuzzParseStateNote(f *testing.F) {
	f.Add("blocked c2s since 2026-01-02T03:04:05.6789Z: 4096 bytes")
	f.Add("heartbeats s2c wait since 2026-01-02T03:04:05+01:00: why")
	f.Add("unblocked s2c")
	f.Add("applied s2c rule 2 hold unknown(99), stream 7, 0 bytes, all, waits, ended after 1.5s: released")
	f.Fuzz(func(t *testing.T, comment string) {
		e, ok := ParseStateNote(comment)
		if !ok {
			return
		}
		again, ok := ParseStateNote(StateNote(&e))
		if e.Why == protocol.Printable(e.Why) && (!ok || !cmp.Equal(e, again)) {
			t.Errorf("%q is read as %+v, and then as %+v, %v", comment, e, again, ok)
		}
	})
}
