package dialog

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/tui/command"
)

func TestParseJump(t *testing.T) {
	s := capture.PlaybackState{Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)}
	s.At = s.Began.Add(10 * time.Second)
	for text, want := range map[string]time.Duration{
		"0": 0, "12.5": 12500 * time.Millisecond, "+2": 12 * time.Second, "-2": 8 * time.Second, "03:05:00": 55 * time.Second,
	} {
		if at, err := parseJump(text, s); err != nil || at.Sub(s.Began) != want {
			t.Errorf("%s: %v after the beginning, %v; want %v", text, at.Sub(s.Began), err, want)
		}
	}
	for _, text := range []string{"", "x", "1e99", "25:00:00", "NaN"} {
		if _, err := parseJump(text, s); err == nil {
			t.Errorf("%q was taken for a time", text)
		}
	}
}

// TestTyping: what is typed can be taken back, and no more is taken than belongs to a time.
func TestTyping(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := NewJump(func() capture.PlaybackState { return capture.PlaybackState{Began: began} })
	for _, key := range []string{"backspace", "x", "up", "1", "7", "backspace", ".", "5"} {
		if a := d.Press(key, nil); a != nil {
			t.Fatalf("%q asks for %#v", key, a)
		}
	}
	if got, want := d.Press("enter", nil), (command.Jump{To: began.Add(1500 * time.Millisecond)}); got != want {
		t.Errorf("enter asks for %#v, want %#v", got, want)
	}
	if got := d.Press("esc", nil); got != (command.Dismiss{}) {
		t.Errorf("esc asks for %#v", got)
	}
}
