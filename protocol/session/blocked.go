package session

import (
	"time"

	"anytls-inspect/protocol"
)

// Blocked tells the tracker that n bytes of a direction wait, and have not moved toward
// their receiver since a time.
func (t *Tracker) Blocked(at time.Time, dir protocol.Direction, since time.Time, n uint64) {
	if t.closed {
		return
	}
	t.Tick(at)
	t.st.Blocked[dir] = Blocked{Dir: dir, Since: since, Bytes: n}
	t.handler.Notice(t.st.Blocked[dir])
}

// Unblocked tells the tracker that the bytes of a direction move again.
func (t *Tracker) Unblocked(at time.Time, dir protocol.Direction) {
	b := &t.st.Blocked[dir]
	if t.closed || b.Since.IsZero() {
		return
	}
	t.Tick(at)
	b.Ended = true
	t.handler.Notice(*b)
	*b = Blocked{}
}

// HeartbeatsWait tells the tracker that the relay's own HeartRequests toward a peer can't
// be sent since a time, and why, in a printable text.
func (t *Tracker) HeartbeatsWait(at time.Time, toward protocol.Peer, since time.Time, why string) {
	if t.closed {
		return
	}
	t.Tick(at)
	t.st.Waits[toward] = HeartbeatWaiting{Toward: toward, Since: since, Why: why}
	t.handler.Notice(t.st.Waits[toward])
}

// HeartbeatsGo tells the tracker that they can be sent again.
func (t *Tracker) HeartbeatsGo(at time.Time, toward protocol.Peer) {
	w := &t.st.Waits[toward]
	if t.closed || w.Since.IsZero() {
		return
	}
	t.Tick(at)
	w.Ended = true
	t.handler.Notice(*w)
	*w = HeartbeatWaiting{}
}
