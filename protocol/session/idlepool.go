package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// poolMargin is by how much the times of sessions must differ for their order to be
// sure, and how long a session must have been idle for its client to know.
const poolMargin = 2 * time.Second

// opens takes note of a stream that is about to be opened, at a time. Where the session
// is idle, and its client had a better session to open the stream in, opens says so in
// words: passedOver where that is a newer one, and piled where this is one too many. Both
// are empty where that is not so.
//
// By the protocol (section Session reuse) that is the idle session opened last. Some
// clients take the one that became idle last, which serves the same purpose: old
// ones get to end. So a session is diagnosed only if another idle one was opened
// later and became idle later.
func (m *member) opens(at time.Time, idle bool) (passedOver, piled string) {
	if m == nil {
		return "", ""
	}
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	m.streams++
	m.busy = true
	switch {
	case m.streams == 1:
		return "", m.piles()
	case !idle:
		return "", ""
	}
	since := m.idleSince()
	for _, o := range m.client.live {
		if o == m || o.streams == 0 || o.busy {
			continue
		}
		newer := o.opening.authAt.Sub(m.opening.authAt) >= poolMargin
		later := o.idleSince().Sub(since) >= poolMargin
		if newer && later && at.Sub(o.idleSince()) >= poolMargin {
			return fmt.Sprintf("opened in a session that was idle for %v, though session %d is newer and was idle for only %v",
				at.Sub(since).Round(time.Millisecond), o.opening.id, at.Sub(o.idleSince()).Round(time.Millisecond)), ""
		}
	}
	return "", ""
}

// idleSince returns since when a session that is not busy has been idle: when the last
// stream ended, or the last payload came. It needs the fleet's lock.
func (m *member) idleSince() time.Time {
	since := m.endedAt
	for _, last := range m.payloadAt {
		if last.After(since) {
			since = last
		}
	}
	return since
}

// streamEnded takes note that a side ended a stream.
func (t *Tracker) streamEnded(at time.Time) {
	t.used = at
	m := t.member
	if m == nil || t.streams.busy > 0 {
		return
	}
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	m.busy = t.st.Untracked > 0 || m.missed
	m.endedAt, m.payloadAt = at, t.payloadAt()
}

// idlePayload takes note of payload in a session that is not busy.
func (t *Tracker) idlePayload(dir protocol.Direction) {
	m := t.member
	if m == nil {
		return
	}
	m.fleet.mu.Lock()
	defer m.fleet.mu.Unlock()
	m.payloadAt[dir] = t.now
}

// payloadAt returns when each direction's last payload came.
func (t *Tracker) payloadAt() (at protocol.ByDirection[time.Time]) {
	for d := range t.side {
		at[d] = t.side[d].flow.last
	}
	return at
}
