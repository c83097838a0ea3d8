package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// silenceTime is how long a side that owes an answer may send nothing at all while
// the other goes on sending. It is longer than the times allowed for SYNACK and for
// heartbeats, whose diagnostics say more.
const silenceTime = 5 * time.Second

// A silence says since when a side owes an answer and has sent nothing. Traffic in
// one direction alone is nothing odd: uploads and downloads are that. So only the
// answers to Settings and to HeartRequests count, which wait for no target.
type silence struct {
	since     time.Time // when it was first asked; zero where it owes nothing
	diagnosed bool
}

// asked notes a frame in direction dir, which is owed an answer if owed says so.
func (t *Tracker) asked(at time.Time, dir protocol.Direction, owed bool) {
	s := &t.side[dir.Reverse()].silence
	if owed && s.since.IsZero() && !t.gone(dir.Receiver()) {
		s.since = at
		t.owing = true
	}
}

// heard takes note of bytes: their sender is not silent. It diagnoses the other side
// if that is. Bytes that the relay made say nothing of their sender.
func (t *Tracker) heard(at time.Time, dir protocol.Direction, fate Fate) {
	if fate.Made() {
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
