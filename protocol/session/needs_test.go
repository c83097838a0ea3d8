package session_test

import (
	"testing"

	"anytls-inspect/protocol/session"
)

// TestEachCodeHasItsNeeds holds that of each code it is said what must have been seen for it to
// be diagnosed, once.
func TestEachCodeHasItsNeeds(t *testing.T) {
	needs := make(map[session.Code]int)
	for _, code := range session.Needs() {
		needs[code]++
	}
	for _, code := range session.Codes() {
		if needs[code] != 1 {
			t.Errorf("what %s needs is said %d times", code, needs[code])
		}
		delete(needs, code)
	}
	if len(needs) > 0 {
		t.Errorf("no codes: %v", needs)
	}
}
