package journal_test

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// TestIndexAt finds entries by their time.
func TestIndexAt(t *testing.T) {
	j := journal.New(journal.Limits{Entries: 4}, session.Config{})
	if got := journal.Look(j, journal.AskIndex{At: time.Unix(0, 0)}); got != 0 {
		t.Errorf("in an empty journal: %d", got)
	}
	for i := range 6 { // the last four are held
		j.Record(&capture.Event{Kind: capture.Listening, At: time.Unix(int64(10*i), 0)})
	}
	for at, want := range map[int64]uint64{0: 3, 20: 3, 29: 3, 30: 4, 51: 6} {
		if got := journal.Look(j, journal.AskIndex{At: time.Unix(at, 0)}); got != want {
			t.Errorf("at %d s: entry %d, want %d", at, got, want)
		}
	}
}
