package replay

import (
	"math"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// expire tells the connection what time it is: what has waited for too long is
// given up.
func (c *connection) expire(now int64) {
	if len(c.beginning.first) > 0 && now-c.first > undecidedTime {
		c.beginAnywhere()
	}
	if c.align.waiting() {
		c.letGo(c.align.past(now))
	}
	if c.over {
		return
	}
	c.now = max(c.now, c.align.horizon(now))
	c.findClient()
	for sender := range twoEnds {
		c.streams[sender].Expire(c.now)
		c.drain(sender)
	}
	c.stand(c.now)
	c.hold()
}

// plausible tells whether a RST can be of the connection: its sequence number is
// near what its sender has sent (RFC 9293, section 3.5.3: it has to be in the
// window).
func (c *connection) plausible(p *packet) bool {
	st := &c.streams[p.sender]
	if !st.Started() {
		return true
	}
	away := st.Position(p.segment.Seq) - st.Handed()
	return -nearby <= away && away <= nearby
}

// reset ends the connection by a RST of an end.
func (c *connection) reset(sender end) {
	at := c.now
	c.flush()
	if c.over {
		return
	}
	c.now = at
	peer := c.dir(sender).Sender()
	how := capture.ReasonReset(peer)
	if !c.answered && !c.carried {
		how = "the " + peer.String() + " refused the connection"
	}
	c.finish(c.now, peer, how)
	c.close()
}

// finish notes that a peer has ended the connection's TCP, and how. The earliest
// end counts.
func (c *connection) finish(at int64, by protocol.Peer, how string) {
	if !c.ended || at < c.endedAt {
		c.ending = ending{ended: true, endedAt: at, by: session.Closer(by), how: how}
	}
}

// finishTLS notes that a peer has ended the connection's TLS, and how. A FIN of the
// same time may be known already, where the alert had to wait for its key.
func (c *connection) finishTLS(at int64, by protocol.Peer, how string, refused bool) {
	if !c.ended || at < c.endedAt || at == c.endedAt && !c.byTLS {
		c.ending = ending{ended: true, endedAt: at, byTLS: true, by: session.Closer(by), how: how, refused: refused}
	}
}

// A going says how the sender of a direction ended its connection, as far as it has.
type going struct {
	notified bool  // it sent close_notify
	fin      bool  // its TCP stream ended
	first    int64 // when the first of both was; 0 where neither was
	last     int64 // when the last was
	told     bool  // the Gone event was emitted, or is not owed
}

// goes notes a close_notify or FIN of this time.
func (c *connection) goes(at int64, dir protocol.Direction) {
	g := &c.goings[dir]
	if g.first == 0 || at < g.first {
		g.first = at
	}
	g.last = max(g.last, at)
	c.gone(dir)
}

// gone tells that the sender of a direction is gone, once, where it has sent close_notify, or its
// TCP stream has ended, and the other peer had sent neither by then: that one keeps the
// session open. The relay tells of it likewise. While records wait for their key, or
// where some were not decoded, a close_notify of either may be among them.
func (c *connection) gone(dir protocol.Direction) {
	g, other := &c.goings[dir], &c.goings[dir.Reverse()]
	known := g.notified || c.observer != nil && !c.observer.Waiting()
	stays := other.first == 0 || other.first > g.first
	if (g.fin || g.notified) && known && c.why == "" && c.established && !g.told {
		if g.told = true; stays {
			c.emit(max(g.last, c.event.At.UnixNano()), capture.Event{Kind: capture.Gone, Dir: dir})
		}
	}
}

// flush takes all that was held back, since no more packets come.
func (c *connection) flush() {
	if len(c.beginning.first) > 0 {
		c.beginAnywhere()
	}
	c.letAllGo()
	if c.over {
		return
	}
	if c.client == unknownEnd {
		c.client = c.likelyClient()
	}
	c.missDirections()
	for sender := range twoEnds {
		if c.marker == nil {
			c.align.loseTail(sender)
		}
		c.streams[sender].Flush()
		c.drain(sender)
	}
	if c.observer != nil {
		c.observer.End(protocol.ClientToServer)
		c.observer.End(protocol.ServerToClient)
	}
}

// end ends a session of which no more packets are looked at, at a time. The reason counts
// where the connection had not ended by itself. What is still found is of the last packets.
func (c *connection) end(at int64, reason string) {
	if c.over {
		return
	}
	at = max(at, c.now)
	c.flush()
	if c.over {
		return
	}
	c.now = max(c.now, at)
	if !c.ended {
		c.ending = ending{ended: true, endedAt: c.now, by: session.ClosedByCapture, how: reason}
	}
	c.close()
}

// mayBeCut ends the session where the comment of a packet says that the recording has no
// more of it.
func (c *connection) mayBeCut(comment []byte) {
	if why, ok := capture.ParseCutNote(string(comment[:min(len(comment), maxCutNote)])); ok {
		c.end(c.now, reasonCut+protocol.Printable(why))
	}
}

// last ends the session at the end of the replay, which has come to this time. No
// more keys come.
func (c *connection) last(now int64, reason string) {
	c.end(now, reason)
	c.shut()
}

// close stops looking at the connection's packets. It closes the session, unless
// that waits for a key that may still come.
func (c *connection) close() {
	if c.over {
		return
	}
	c.over = true
	c.align.clear()
	c.forgetBeginning()
	for sender := range twoEnds {
		c.streams[sender].Close()
	}
	if !c.waits || !c.w.lingers(c) {
		c.shut()
	}
}

// shut closes the session: it emits its Closed event, and the worker forgets it.
func (c *connection) shut() {
	if c.closed {
		return
	}
	if c.observer != nil {
		c.observer.GiveUp()
	}
	c.closed = true
	if c.marker != nil && c.id != 0 {
		c.marker.release(c.now, protocol.ClientToServer, c.marked)
		c.marker.release(c.now, protocol.ServerToClient, c.marked)
	}
	switch {
	case c.joint != nil:
		c.release(math.MaxInt64)
		c.begin()
		c.lastSights()
		c.joint.ends(c.leg, endOf(c))
	case c.id != 0:
		c.release(math.MaxInt64)
		c.lastSights()
		c.emit(c.now, c.closing())
	case c.isProbe():
		c.w.emit(&capture.Event{Kind: capture.Probed, At: time.Unix(0, c.now).UTC(), Client: c.ends[c.client].String()})
	}
	c.w.forget(c)
	// The sorter may remember the flow for long. The buffers go now.
	c.observer, c.marker, c.untold, c.arrivals = nil, nil, nil, protocol.ByDirection[arrivals]{}
}

// isProbe tells whether a connection that is no session stood, and ended.
func (c *connection) isProbe() bool { return c.answered && c.by != session.ClosedByCapture }

// closing returns the Closed event.
func (c *connection) closing() capture.Event {
	if c.tlsFailed() {
		e := capture.Event{Kind: capture.Closed, By: c.by, TLSFailed: true, Reason: c.failure()}
		if c.leg != capture.NoLeg {
			e.By = session.Closer(c.leg.Peer()) // the relay itself may have ended it
		}
		return e
	}
	return capture.Event{Kind: capture.Closed, By: c.by, Reason: c.reason(), Why: c.undecoded(), Blind: c.isBlind()}
}

// tlsFailed tells whether TLS failed with an end that the capture shows: by an alert, or
// since it left in the middle of the handshake.
func (c *connection) tlsFailed() bool {
	switch {
	case c.observer == nil || c.by == session.ClosedByCapture:
		return false
	case c.byTLS && c.refused:
		return true
	case c.isRelay(protocol.Peer(c.by)):
		return false // the other leg is why it left
	default:
		return !c.established && c.why == "" && c.wholly()
	}
}

// wholly tells whether the capture has both directions, without a gap.
func (c *connection) wholly() bool {
	for sender := range twoEnds {
		if !c.progress[sender].whole() {
			return false
		}
	}
	return !c.lacks
}
