package rule

import (
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// TestForget holds that nothing is kept of rules that were removed, however many there are in
// a session's time.
func TestForget(t *testing.T) {
	b, err := NewBook(nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := b.Session(1, "", time.Time{})
	j := s.Judge(protocol.ClientToServer)
	for range 20 {
		r, err := b.Add(`throttle 1B/s where true`)
		if err != nil {
			t.Fatal(err)
		}
		j.Frame(time.Time{}, protocol.Header{}, false, nil, true)
		if len(j.states) != 1 || len(s.due) != 1 {
			t.Fatalf("%d rules and %d throttles are known, want 1", len(j.states), len(s.due))
		}
		b.Remove(r.Number())
	}
	j.Frame(time.Time{}, protocol.Header{}, false, nil, true)
	if len(j.states) != 0 || len(s.due) != 0 {
		t.Errorf("%d rules and %d throttles are still known", len(j.states), len(s.due))
	}
}
