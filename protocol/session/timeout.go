package session

import (
	"fmt"
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// A timeout is something that follows from the passing of time alone.
type timeout struct {
	at      time.Time // when its time was up
	kind    timeoutKind
	stream  *Stream            // streamSilent, synackLate, streamUnanswered
	request Request            // heartbeatLost
	count   int                // heartbeatLost: how many went out with the request
	dir     protocol.Direction // heartbeatLost
}

// A timeoutKind says what a timeout is about.
type timeoutKind uint8

const (
	heartbeatLost    timeoutKind = iota // HeartRequests had no answer in time
	streamSilent                        // a half-closed stream counts as closed
	synackLate                          // a SYN had no SYNACK in time
	streamUnanswered                    // a stream had nothing from the server for long
	alertIgnored                        // the session is still open after an Alert
	sessionKept                         // the session is still open though a peer is gone
)

// Tick tells the tracker what time it is. Heartbeats are lost, and half-closed
// streams closed, by the passing of time alone. However seldom Tick is called, the
// same follows, in the order of time: see [Tracker.Now].
func (t *Tracker) Tick(at time.Time) {
	if t.closed {
		return
	}
	if t.untold.waits && at.After(t.untold.at) {
		t.tellOther(true)
	}
	due := t.timeouts[:0]
	for d := range t.side {
		ledger := &t.side[d].ledger
		if ledger.waiting() == 0 || t.st.Evidence.Uncertain { // as nearly always: what follows costs more than to ask
			continue
		}
		patience := t.cfg.HeartbeatTimeout + t.st.Evidence.Within
		deadline := at.Add(-patience)
		for r, n := ledger.Expire(deadline); n > 0; r, n = ledger.Expire(deadline) {
			due = append(due, timeout{
				at: r.At.Add(patience), kind: heartbeatLost, request: r, count: n, dir: protocol.Direction(d),
			})
		}
	}
	if t.streams.queues() { // seldom in the midst of a transfer
		due = t.streamsDue(due, at)
	}
	if patience := alertTime + t.streams.slack; t.alerted.open && !t.alerted.unsure && !t.st.Evidence.Uncertain && at.Sub(t.alerted.at) >= patience && !t.gone(protocol.Client) {
		due = append(due, timeout{at: t.alerted.at.Add(patience), kind: alertIgnored})
	}
	if t.keptOpen {
		if _, since := t.firstGone(); at.Sub(since) >= keptOpenTime {
			due = append(due, timeout{at: since.Add(keptOpenTime), kind: sessionKept})
		}
	}
	if len(due) > 0 {
		slices.SortStableFunc(due, func(a, b timeout) int { return a.at.Compare(b.at) })
		for i := range due {
			if d := &due[i]; !t.alarm.IsZero() && t.alarm.Before(d.at) {
				t.wakeUntil(d.at.Add(-1))
			}
			t.timedOut(&due[i])
		}
		clear(due)
		t.timeouts = due
	}
	if !t.alarm.IsZero() {
		t.wakeUntil(at)
	}
	t.now = at
	t.stretch.goesOn(at)
}

// streamsDue appends what is due of streams.
func (t *Tracker) streamsDue(due []timeout, at time.Time) []timeout {
	for _, s := range t.streams.silent(at) {
		due = append(due, timeout{at: s.LastAt.Add(lingerTime + t.streams.slack), kind: streamSilent, stream: s})
	}
	for s := t.streams.overdue(at); s != nil; s = t.streams.overdue(at) {
		due = append(due, timeout{at: s.OpenedAt.Add(SYNACKTimeout + t.streams.slack), kind: synackLate, stream: s})
	}
	if !t.streams.looksForUnanswered(at) {
		return due
	}
	free := t.freeAt()
	if t.someBlocked() {
		free = at // at the earliest
	}
	for _, s := range t.streams.unanswered(at, free) {
		due = append(due, timeout{at: later(s.LastAt, free).Add(unansweredTime), kind: streamUnanswered, stream: s})
	}
	return due
}

// Now returns the time of what the [Handler] is being told. With bytes it is the time
// that the tracker was given. With what follows from the passing of time it is when
// the time was up, which may be long before the tracker was told.
func (t *Tracker) Now() time.Time { return t.now }

// timedOut does what follows from a timeout.
func (t *Tracker) timedOut(due *timeout) {
	t.now = due.at
	switch due.kind {
	case heartbeatLost:
		for range due.count {
			t.heartbeatLost(due.dir, due.request)
		}
	case streamSilent:
		t.closeStream(due.stream)
	case synackLate:
		if t.st.Version() >= 2 && !t.someGone() && !t.dark(protocol.ServerToClient) && !t.dark(protocol.ClientToServer) && !t.st.Evidence.Uncertain {
			t.synackLate(due.stream)
		}
	case streamUnanswered:
		t.unanswered(due.stream)
	case alertIgnored:
		t.alerted.open = false
		t.diagnose(CodeAlertNotClosed, 0, protocol.ServerToClient, fmt.Sprintf("the session is still open %v after the Alert", alertTime))
	case sessionKept:
		t.stillOpen()
	}
}

// A newestSYN is what the reference client's SYNACK timer depends on. The client has
// one timer a session. Each SYN but the first starts it anew, and any SYNACK stops
// it.
type newestSYN struct {
	id    uint32
	waits bool // no SYNACK of any stream has come since
}

// synackLate diagnoses a stream that has waited too long for its SYNACK, and says
// what that means for the session's other streams.
func (t *Tracker) synackLate(s *Stream) {
	text := fmt.Sprintf("no SYNACK within %v of the SYN: ", SYNACKTimeout)
	switch {
	case s.ID < 2:
		text += "the reference client runs no timer for stream 1, and waits on"
	case t.newest.id != s.ID || !t.newest.waits:
		text += "but another SYN or SYNACK came since, so that the reference client waits on"
	default:
		text += "the reference client closes the session now"
		if siblings := t.running(s); len(siblings) > 0 { // looked for once: thousands of streams may wait
			text += ", and with it " + listStreams(siblings)
		}
	}
	behind, wait := t.standsBehind(protocol.ClientToServer, s.OpenedAt)
	if behind != "" {
		text += "; " + behind
	}
	t.diagnoseWait(CodeSYNACKLate, s.ID, protocol.ServerToClient, wait, text)
	if s.keptACK == 0 && !t.holds(OwesSYNACK, protocol.Server, s.ID) {
		t.broke(protocol.Server, byTarget)
	}
}
