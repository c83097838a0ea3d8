package session

import (
	"testing"
	"time"
)

// TestFateKinds: every kind has a word of its own, and no fate is both made and kept by
// the relay.
func TestFateKinds(t *testing.T) {
	for k := Forwarded; k <= Held; k++ {
		if got, err := ParseFateKind(k.String()); err != nil || got != k {
			t.Errorf("%q names %v, %v", k, got, err)
		}
		if f := (Fate{Kind: k}); f.Made() && f.Kept() {
			t.Errorf("a frame that was %v was both made and kept by the relay", k)
		}
	}
	if got := (Fate{Kind: Held, Rule: 2, Held: 2500 * time.Millisecond}).String(); got != "held for 2.5s by rule 2" {
		t.Errorf("a fate is %q", got)
	}
	if k, err := ParseFateKind("lost"); err == nil {
		t.Errorf("lost is %v", k)
	}
	if got := (Held + 1).String(); got != "fate(7)" {
		t.Errorf("an unknown kind is %q", got)
	}
}
