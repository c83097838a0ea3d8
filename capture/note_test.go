package capture

import (
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestNotes: a note's text says all of it, and is read back.
func TestNotes(t *testing.T) {
	for _, tc := range []struct {
		text string
		fate session.Fate
		of   protocol.Header
	}{
		{"injected HeartRequest", session.Fate{Kind: session.Injected}, protocol.Header{Command: protocol.HeartRequest}},
		{"absorbed HeartResponse", session.Fate{Kind: session.Absorbed}, protocol.Header{Command: protocol.HeartResponse}},
		{"dropped PSH, stream 7, rule 2", session.Fate{Kind: session.Dropped, Rule: 2}, protocol.Header{Command: protocol.PSH, Stream: 7, Length: 9}},
		{
			"held SYNACK, stream 3, rule 65535, for 2.5s",
			session.Fate{Kind: session.Held, Rule: 65535, Held: 2500 * time.Millisecond},
			protocol.Header{Command: protocol.SYNACK, Stream: 3},
		},
		{"repeated unknown(99), stream 4294967295", session.Fate{Kind: session.Repeated}, protocol.Header{Command: 99, Stream: 1<<32 - 1}},
	} {
		note := NoteOf(tc.fate, tc.of)
		if got := note.String(); got != tc.text {
			t.Errorf("the note reads %q, want %q", got, tc.text)
		}
		if got, ok := ParseNote(tc.text); !ok || got != note {
			t.Errorf("%q is read as %+v, %v; want %+v", tc.text, got, ok, note)
		}
		other := tc.of
		other.Stream++
		if !note.Is(tc.of) || note.Is(other) {
			t.Errorf("%q is about %+v: %v; about %+v: %v", tc.text, tc.of, note.Is(tc.of), other, note.Is(other))
		}
	}
}

// TestOtherComments: a recording may have comments that are no notes.
func TestOtherComments(t *testing.T) {
	for _, text := range []string{
		"", "injected", "injected ", "look at this one", "lost PSH", "held PSH, rule", "held PSH, rule 65536", "held PSH, stream -1",
		"held PSH, for ever", "held PSH, for -1s", "held PSH, by me",
	} {
		if note, ok := ParseNote(text); ok {
			t.Errorf("%q is read as %+v", text, note)
		}
	}
}
