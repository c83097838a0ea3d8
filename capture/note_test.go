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
		placed := note.At(118)
		if got, ok := ParseNote(tc.text + ", at byte 118"); !ok || got != placed || placed.String() != tc.text+", at byte 118" {
			t.Errorf("%q is read as %+v, %v", placed, got, ok)
		}
		other := tc.of
		other.Stream++
		if !note.Is(tc.of) || note.Is(other) {
			t.Errorf("%q is about %+v: %v; about %+v: %v", tc.text, tc.of, note.Is(tc.of), other, note.Is(other))
		}
	}
}

// TestNotesOnNoFrames: a note may be on the preamble, or on bytes that are no frame.
func TestNotesOnNoFrames(t *testing.T) {
	by := session.Fate{Kind: session.Injected, Rule: 4}
	frame := []byte{2, 0, 0, 0, 1, 0, 3, 'a', 'b', 'c'}
	for text, note := range map[string]Note{
		"injected 12 bytes, rule 4":                  NoteOfBytes(by, make([]byte, 12)),
		"injected 9 bytes, rule 4":                   NoteOfBytes(by, frame[:9]),
		"injected PSH, stream 1, rule 4":             NoteOfBytes(by, frame),
		"forwarded preamble, rule 1, at byte 1":      NoteOfPreamble(session.Fate{Rule: 1}).At(1),
		"held preamble, rule 2, for 1s, at byte 1":   NoteOfPreamble(session.Fate{Kind: session.Held, Rule: 2, Held: time.Second}).At(1),
		"absorbed HeartResponse, rule 2, at byte 91": NoteOf(session.Fate{Kind: session.Absorbed, Rule: 2}, protocol.Header{Command: protocol.HeartResponse}).At(91),
	} {
		if got := note.String(); got != text {
			t.Errorf("the note reads %q, want %q", got, text)
		}
		if got, ok := ParseNote(text); !ok || got != note || got.IsPreamble() != (note.Command == PreambleName) {
			t.Errorf("%q is read as %+v, %v; want %+v", text, got, ok, note)
		}
	}
}

// FuzzParseNote: what is read of any comment is written as a note that says the same.
func FuzzParseNote(f *testing.F) {
	f.Add("held SYNACK, stream 3, rule 2, for 2.5s, at byte 118")
	f.Add("injected 12 bytes, rule 4")
	f.Add("forwarded preamble, rule 1, at byte 1")
	f.Fuzz(func(t *testing.T, comment string) {
		n, ok := ParseNote(comment)
		if !ok {
			return
		}
		if again, ok := ParseNote(n.String()); !ok || again != n {
			t.Errorf("%q is read as %+v, and then as %+v, %v", comment, n, again, ok)
		}
	})
}

// TestOtherComments: a recording may have comments that are no notes.
func TestOtherComments(t *testing.T) {
	for _, text := range []string{
		"", "injected", "injected ", "look at this one", "lost PSH", "held PSH, rule", "held PSH, rule 65536", "held PSH, stream -1",
		"held PSH, for ever", "held PSH, at byte 0", "held PSH, at 7", "dropped 12 bytes", "injected 0 bytes", "injected 99999999 bytes", "held PSH, at byte -1",
		"held PSH, for -1s", "held PSH, by me",
	} {
		if note, ok := ParseNote(text); ok {
			t.Errorf("%q is read as %+v", text, note)
		}
	}
}
