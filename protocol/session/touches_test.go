package session

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// TestTouchesAreBounded: however many streams rules touch, a tracker remembers so many, the newest
// of them and those that wait first, and forgets none of what is about the session.
func TestTouchesAreBounded(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	apply := func(l *touches, c protocol.Command, stream uint32, waits bool) {
		l.take(at, &Application{Rule: 1, Action: "delay", Header: protocol.Header{Command: c, Stream: stream}, Waits: waits})
	}
	for _, allWait := range []bool{false, true} {
		var l touches
		apply(&l, protocol.Settings, 0, false)
		apply(&l, protocol.SYNACK, 1, true)
		for id := uint32(2); id < 5000; id++ {
			apply(&l, protocol.PSH, id, allWait)
			if len(l.by) > maxTouches {
				t.Fatalf("with stream %d it remembers %d", id, len(l.by))
			}
		}
		if l.by[touchKey{aspect: greets}] == nil || l.by[touchKey{stream: 4999, aspect: carries}] == nil {
			t.Errorf("all wait: %v, and it forgot the session, or the newest stream", allWait)
		}
		if kept := l.by[touchKey{stream: 1, aspect: opensStream}] != nil; kept == allWait {
			t.Errorf("all wait: %v, and it remembers the first that waits: %v", allWait, kept)
		}
	}
}

// TestEachActionHasItsVerb: what a rule did is said in words for each action, and for one that is
// not known.
func TestEachActionHasItsVerb(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	said := make(map[string]string)
	for _, action := range []string{"delay", "hold", "throttle", "drop", "duplicate", "replace", "corrupt", "insert", "make", "split", "join", "stall", "cut", "new"} {
		l := touch{Application: Application{Rule: 2, Action: action, Header: protocol.Header{Command: protocol.PSH, Stream: 3}}}
		text := l.did(now, touchKey{stream: 3, aspect: carries}, true)
		if other := said[text]; other != "" || !strings.HasPrefix(text, "rule 2 ") || strings.Contains(text, "  ") {
			t.Errorf("%s is said as %q, as %s is", action, text, other)
		}
		if unknown := strings.Contains(text, "touched"); unknown != (action == "new") {
			t.Errorf("%s is said as %q", action, text)
		}
		said[text] = action
	}
}

// TestWithRule: what a rule did stands behind what was seen and before the likely causes, and is
// taken away again.
func TestWithRule(t *testing.T) {
	for text, want := range map[string]string{
		"late":                            "late; rule 7 dropped it",
		"silent" + Likely + "a dead path": "silent; rule 7 dropped it" + Likely + "a dead path",
	} {
		got := withRule(text, fmt.Sprintf("rule %d dropped it", 7))
		if got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		d := Diagnostic{Text: got, Rule: 7}
		if bare, _, _ := strings.Cut(text, Likely); d.bareText() != bare {
			t.Errorf("without what the rule did, %q is %q", got, d.bareText())
		}
	}
}
