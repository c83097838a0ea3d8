package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// poolMargin is by how much sessions' times must differ for their order to be
// sure, and how long one must have been idle for its client to know.
const poolMargin = 2 * time.Second

// syn takes note of a stream that is about to be opened in a session: of an idle
// one, whether the client had a better one to open it in.
//
// By the protocol that is the one opened last. Some clients take the one that
// became idle last, which does the same: old ones get a chance to end. So only a
// session that is neither is reported: there is an idle one that was opened later
// and became idle later.
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

// idle returns since when a session that is not busy has been idle: no stream is
// open, and no payload is on its way.
func (m *member) idle() time.Time {
	since := m.idleSince
	for d := range m.tracker.side {
		if last := m.tracker.side[d].flow.last; last.After(since) {
			since = last
		}
	}
	return since
}

// moved takes note of a stream that a side ended.
func (m *member) moved(at time.Time, t *Tracker) {
	if m != nil && t.streams.busy == 0 {
		m.idleSince = at
	}
}
