package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// poolMargin is by how much the times of sessions must differ for their order to be
// sure, and how long a session must have been idle for its client to know.
const poolMargin = 2 * time.Second

// syn takes note of a stream that is about to be opened. Where the session was idle,
// it diagnoses a client that had a better session to open the stream in.
//
// By the protocol (section Session reuse) that is the idle session opened last. Some
// clients take the one that became idle last, which serves the same purpose: old
// ones get to end. So a session is diagnosed only if another idle one was opened
// later and became idle later.
func (m *member) syn(at time.Time, t *Tracker) {
	if m == nil {
		return
	}
	m.streams++
	if t.streams.busy > 0 || m.streams == 1 {
		return
	}
	since := m.idle()
	for _, o := range m.client.live {
		if o == m || o.streams == 0 || o.tracker.streams.busy > 0 || o.tracker.st.Untracked > 0 {
			continue
		}
		newer := o.authAt.Sub(m.authAt) >= poolMargin
		later := o.idle().Sub(since) >= poolMargin
		if newer && later && at.Sub(o.idle()) >= poolMargin {
			t.diagnose(CodeIdlePoolOrder, t.newest.id, protocol.ClientToServer, fmt.Sprintf(
				"opened in a session that was idle for %v, though session %d is newer and was idle for only %v",
				at.Sub(since).Round(time.Millisecond), o.id, at.Sub(o.idle()).Round(time.Millisecond)))
			return
		}
	}
}

// idle returns since when a session without open streams has been idle: when the
// last stream ended, or the last payload came.
func (m *member) idle() time.Time {
	since := m.idleSince
	for d := range m.tracker.side {
		if last := m.tracker.side[d].flow.last; last.After(since) {
			since = last
		}
	}
	return since
}

// streamEnded takes note that a side ended a stream.
func (m *member) streamEnded(at time.Time, t *Tracker) {
	if m != nil && t.streams.busy == 0 {
		m.idleSince = at
	}
}
