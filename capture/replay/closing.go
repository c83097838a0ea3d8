package replay

import (
	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// expire gives up what was waited for for too long, now.
func (c *connection) expire(now int64) {
	c.now = max(c.now, now)
	c.findClient()
	for sender := range twoEnds {
		c.streams[sender].Expire(c.now)
		c.drain(sender)
	}
}

// plausible reports whether a RST can be the connection's own: its sequence
// number is near what its sender has sent.
func (c *connection) plausible(p *packet) bool {
	st := &c.streams[p.sender]
	if !st.Started() {
		return true
	}
	away := st.Position(p.segment.Seq) - st.Handed()
	return -nearby <= away && away <= nearby
}

// reset ends the connection by a RST.
func (c *connection) reset(sender end) {
	c.flush()
	peer := c.dir(sender).Sender()
	how := "the " + peer.String() + " reset its connection"
	if !c.answered && !c.carried {
		how = "the " + peer.String() + " refused the connection"
	}
	c.finish(c.now, peer, how)
	c.close()
}

// finish notes that a peer has ended the connection's TCP, and how. The first to
// do so is right.
func (c *connection) finish(at int64, by protocol.Peer, how string) {
	if !c.ended || at < c.endedAt {
		c.ending = ending{ended: true, endedAt: at, by: session.Closer(by), how: how}
	}
}

// finishTLS notes that a peer has ended the connection's TLS, and how. Where
// that had to wait for its key, its FIN may be known already.
func (c *connection) finishTLS(at int64, by protocol.Peer, how string) {
	if !c.ended || at < c.endedAt || at == c.endedAt && !c.byTLS {
		c.ending = ending{ended: true, endedAt: at, byTLS: true, by: session.Closer(by), how: how}
	}
}

// flush takes all that was held back: no more packets come.
func (c *connection) flush() {
	if c.client == unknownEnd {
		c.open(c.likelyClient())
	}
	for sender := range twoEnds {
		c.streams[sender].Flush()
		c.drain(sender)
	}
	if c.observer != nil {
		c.observer.End(protocol.ClientToServer)
		c.observer.End(protocol.ServerToClient)
	}
}

// end ends a session of which no more packets are looked at, for a reason that
// counts where the connection had not ended.
func (c *connection) end(reason string) {
	if c.over {
		return
	}
	c.flush()
	if !c.ended {
		c.ending = ending{ended: true, endedAt: c.now, by: session.ClosedByCapture, how: reason}
	}
	c.close()
}

// last ends the session with the replay, at the time that it has come to. No more
// keys come.
func (c *connection) last(now int64, reason string) {
	if !c.over {
		c.now = max(c.now, now)
		c.end(reason)
	}
	c.shut()
}

// close ends what is looked at of the connection, and closes the session, unless
// it waits for a key that may still come.
func (c *connection) close() {
	if c.over {
		return
	}
	c.over = true
	for sender := range twoEnds {
		c.streams[sender].Close()
	}
	if !c.waits || !c.w.lingers(c) {
		c.shut()
	}
}

// shut says that the session has ended.
func (c *connection) shut() {
	if c.closed {
		return
	}
	if c.observer != nil {
		c.observer.GiveUp()
	}
	c.closed = true
	c.emit(c.now, capture.Event{Kind: capture.Closed, By: c.by, Reason: c.reason()})
	c.w.forget(c)
	// The flow may be remembered for long: not with its buffers.
	c.observer, c.marker, c.arrivals = nil, nil, protocol.ByDirection[arrivals]{}
}
