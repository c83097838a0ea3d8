package session_test

import (
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestUnansweredWhileBlocked holds that a stream which has no answer since bytes do not move
// is not said to be left without one: what is blocked says that.
func TestUnansweredWhileBlocked(t *testing.T) {
	for _, blocked := range []bool{false, true} {
		for _, dir := range []protocol.Direction{c2s, s2c} {
			tracker := openStreams(session.Config{}, nothing{}, 1)
			tracker.Data(start, c2s, frame(protocol.PSH, 1, []byte("GET")), session.Fate{})
			want := uint64(1)
			if blocked {
				tracker.Blocked(start.Add(2*time.Second), dir, start, 1000, false)
				want = 0
			}
			tracker.Tick(start.Add(time.Minute))
			if got := tracker.Diagnostics()[session.CodeSYNACKThenNothing]; got != want {
				t.Errorf("%v blocked %v: raised %d times, want %d", dir, blocked, got, want)
			}
		}
	}
}
