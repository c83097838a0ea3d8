package session

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// refusalTime is how long a peer may take no byte of those that wait for it. Most stand
// still for less: a busy program, a lost packet.
const refusalTime = 3 * time.Second

// Blocked tells the tracker that n bytes of a direction wait, and have not moved toward
// their receiver since a time. Silent says that the receiver's TCP does not acknowledge what
// was sent to it: then it is not known whether the receiver's program reads.
func (t *Tracker) Blocked(at time.Time, dir protocol.Direction, since time.Time, n uint64, silent bool) {
	if t.closed {
		return
	}
	t.Tick(at)
	at = t.now
	since = t.standsSince(at, since)
	s := &t.side[dir]
	switch was := &t.st.Blocked[dir]; {
	case was.Since.IsZero():
		s.refuses = since
	case was.Silent != silent:
		s.refuses, s.refused = at, false
	}
	stream, text := t.waitingBytes(s, since)
	if silent {
		text = strings.TrimSuffix("the TCP of the "+dir.Receiver().String()+" acknowledges nothing; "+text, "; ")
	}
	t.st.Blocked[dir] = Blocked{Dir: dir, Stream: stream, Since: since, Bytes: n, Silent: silent, Text: text}
	t.standsOn(dir.Receiver(), !silent && !t.gone(dir.Receiver()))
	t.handler.Notice(t.st.Blocked[dir])
	t.answerBlocked(dir, since)
	t.wakeBy(t.refusalDue(s))
	t.wakeUntil(at)
}

// standsSince returns since when something stands still of which that is told at a time. A
// recording may say anything: it is not since before the session was, nor since later.
func (t *Tracker) standsSince(at, since time.Time) time.Time {
	if since.IsZero() || since.After(at) {
		return at
	}
	return later(since, t.opening.openedAt)
}

// Unblocked tells the tracker that the bytes of a direction move again.
func (t *Tracker) Unblocked(at time.Time, dir protocol.Direction) {
	b := &t.st.Blocked[dir]
	if t.closed || b.Since.IsZero() {
		return
	}
	t.Tick(at)
	at = t.now
	s := &t.side[dir]
	if stood := at.Sub(s.refuses); !b.Silent && stood >= refusalTime {
		s.stood = max(s.stood, stood)
	}
	b.Ended = true
	t.standsOn(dir.Receiver(), false)
	t.handler.Notice(*b)
	*b = Blocked{}
	s.refused, s.freeAt = false, at
	t.side[dir.Reverse()].trigger = control{}
	t.asks() // what was not judged meanwhile
}

// HeartbeatsWait tells the tracker that the relay's own HeartRequests toward a peer can't
// be sent since a time, and why, in a printable text.
func (t *Tracker) HeartbeatsWait(at time.Time, toward protocol.Peer, since time.Time, why string) {
	if t.closed {
		return
	}
	t.Tick(at)
	at = t.now
	t.st.Waits[toward] = HeartbeatWaiting{Toward: toward, Since: t.standsSince(at, since), Why: why}
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

// blocked tells whether the bytes of a direction do not move.
func (t *Tracker) blocked(dir protocol.Direction) bool { return !t.st.Blocked[dir].Since.IsZero() }

// someBlocked tells whether those of one direction don't.
func (t *Tracker) someBlocked() bool {
	return t.blocked(protocol.ClientToServer) || t.blocked(protocol.ServerToClient)
}

// freeAt returns when bytes that had not moved began to move again.
func (t *Tracker) freeAt() time.Time {
	return later(t.side[protocol.ClientToServer].freeAt, t.side[protocol.ServerToClient].freeAt)
}

// refusalDue returns when the receiver of a direction will have taken nothing for too long.
// One that stood still as long before, and went on by itself, reads, if slowly: its system may
// let no byte in for many seconds then. So it is named again only where that lasts far longer.
func (t *Tracker) refusalDue(s *side) time.Time {
	if !t.blocked(s.dir) || s.refused || t.mayBeOther() || t.gone(s.dir.Receiver()) || t.st.Phase == NotAnyTLSPhase {
		return time.Time{}
	}
	if t.st.Blocked[s.dir].Silent {
		return s.refuses.Add(pathTime)
	}
	return s.refuses.Add(max(refusalTime, 2*s.stood))
}

// refuses diagnoses a receiver that takes nothing, or whose path is dead.
func (t *Tracker) refuses(s *side) {
	s.refused = true
	b := &t.st.Blocked[s.dir]
	if b.Silent { // no stream is to blame
		t.diagnoseWait(CodePathDead, 0, s.dir, t.blockedWait(s.dir), fmt.Sprintf("the TCP of the %v has acknowledged nothing for %s: %s",
			s.dir.Receiver(), rounded(t.now.Sub(b.Since)), waitingText(b.Bytes)))
		return
	}
	b.Stream, b.Text = t.waitingBytes(s, b.Since)
	text := fmt.Sprintf("the %v has taken no byte for %s: %s", s.dir.Receiver(), rounded(t.now.Sub(b.Since)), waitingText(b.Bytes))
	if s.stood > 0 {
		text += fmt.Sprintf("; it took bytes before, up to %s apart", rounded(s.stood))
	}
	if b.Text != "" {
		text += "; " + b.Text
	}
	t.diagnoseWait(CodePeerNotReading, b.Stream, s.dir, t.blockedWait(s.dir), text)
}

// blockedWait returns what waits where the bytes of a direction do not move.
func (t *Tracker) blockedWait(dir protocol.Direction) Wait {
	since, stands := t.st.Blocked[dir].Since, true
	if since.IsZero() {
		since, stands = t.now, false
	}
	w := t.waitFor(dir.Receiver(), since)
	w.Stands = stands
	return w
}

// waitingText says how many bytes wait. A capture may show no more than that there are some.
func waitingText(n uint64) string {
	if n <= 1 {
		return "at least one byte waits"
	}
	return fmt.Sprintf("%d bytes wait", n)
}

// waitingBytes says which frame a direction is inside of, that has not moved since a time,
// and what waits behind it. stream is that frame's, or that of nearly all that came last, or
// of the last PSH: a small frame behind a large transfer is not what the receiver does not take.
func (t *Tracker) waitingBytes(s *side, since time.Time) (stream uint32, text string) {
	h, left, inside := s.framing.Pending()
	stream = h.Stream
	var parts []string
	switch {
	case s.framing.State().Opaque():
		return 0, ""
	case inside:
		parts = append(parts, fmt.Sprintf("inside %s (%d of %d bytes to come)", nameOf(h), left, h.Length))
	case s.lastPSH != 0 && s.flow.blames() && s.flow.stream != s.lastPSH:
		stream = s.flow.stream
		parts = append(parts, fmt.Sprintf("nearly all that came last is of stream %d", stream))
	case s.lastPSH != 0:
		stream = s.lastPSH
		parts = append(parts, fmt.Sprintf("the last PSH was of stream %d", stream))
	}
	_, requests := s.ledger.from(since)
	if behind := counted(requests, "heartbeat"); behind != "" {
		parts = append(parts, behind+" behind them")
	}
	if s.dir == protocol.ClientToServer {
		opened := 0
		for _, st := range t.streams.open {
			if st.waits() && !st.OpenedAt.Before(since) {
				opened++
			}
		}
		if behind := counted(opened, "SYN"); behind != "" {
			parts = append(parts, behind+" behind them")
		}
	}
	if !t.st.Waits[s.dir.Receiver()].Since.IsZero() {
		parts = append(parts, "the relay's heartbeats wait to be sent")
	}
	return stream, strings.Join(parts, "; ")
}

// counted says that n things wait; it is empty where n is 0.
func counted(n int, what string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + what + " waits"
	default:
		return fmt.Sprintf("%d %ss wait", n, what)
	}
}

// nameOf names a frame, with its article.
func nameOf(h protocol.Header) string {
	name := h.Command.String()
	article := "a "
	if strings.ContainsRune("AUu", rune(name[0])) {
		article = "an "
	}
	if h.Stream != 0 {
		name += fmt.Sprintf(" of stream %d", h.Stream)
	}
	return article + name
}

// standsBehind says in words behind what a request that travels in a direction stands, or
// its answer: bytes that do not move. It is empty where they move. Then it waits for their
// receiver, and else for the one that it goes to.
func (t *Tracker) standsBehind(asked protocol.Direction, since time.Time) (text string, w Wait) {
	for _, dir := range [...]protocol.Direction{asked, asked.Reverse()} {
		if !t.blocked(dir) {
			continue
		}
		w := t.blockedWait(dir)
		what := "it"
		if dir != asked {
			what = "the answer"
		}
		b := &t.st.Blocked[dir]
		if b.Silent {
			return fmt.Sprintf("the TCP of the %v acknowledges nothing, and %s", dir.Receiver(), waitingText(b.Bytes)), w
		}
		behind := "what"
		if b.Bytes > 1 {
			behind = fmt.Sprintf("%d bytes that", b.Bytes)
		}
		return fmt.Sprintf("%s stands behind %s the %v does not take", what, behind, dir.Receiver()), w
	}
	return "", t.waitFor(asked.Receiver(), since)
}

// wasBlocked tells whether bytes of one of the directions have not moved at or after a
// time.
func (t *Tracker) wasBlocked(at time.Time) bool { return t.someBlocked() || !t.freeAt().Before(at) }
