package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// silenceTime is how long a side that owes an answer may send nothing at all,
// while the other goes on sending, before that is reported. It is longer than
// the times that SYNACK and heartbeats are given.
const silenceTime = 5 * time.Second

// A silence is what a side owes while it sends nothing. Traffic in one direction
// is nothing odd by itself: that is what uploads and downloads are. Owed are the
// answers that need no target: to Settings and to HeartRequests.
type silence struct {
	since     time.Time // of the first thing that it owes an answer to; zero: it owes none
	diagnosed bool
}

// asked notes that a frame in direction dir is owed an answer, if it is.
func (t *Tracker) asked(at time.Time, dir protocol.Direction, owed bool) {
	s := &t.side[dir.Reverse()].silence
	if owed && s.since.IsZero() {
		s.since = at
		t.owing = true
	}
}

// heard takes note of bytes: their sender is not silent, and the other side is
// reported if it is. Bytes that the relay made say nothing of their sender.
func (t *Tracker) heard(at time.Time, dir protocol.Direction, marks Marks) {
	if marks.Injected {
		return
	}
	t.side[dir].silence = silence{}
	other := &t.side[dir.Reverse()].silence
	if t.owing = !other.since.IsZero(); !t.owing || other.diagnosed {
		return
	}
	if quiet := at.Sub(other.since); quiet >= silenceTime {
		other.diagnosed = true
		t.diagnose(CodeSessionSilent, 0, dir.Reverse(), fmt.Sprintf("the %v has sent nothing for %v, though it owes an answer and the %v goes on sending",
			dir.Receiver(), quiet.Round(time.Millisecond), dir.Sender()))
	}
}
