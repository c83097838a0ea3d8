package replay

import (
	"time"

	"anytls-inspect/capture"
)

// states tells what a recording of the relay says of bytes that stand, and of heartbeats
// that wait.
func (c *connection) states(p *packet) {
	if e, ok := capture.ParseStateNote(string(p.comment[:min(len(p.comment), maxStateNote)])); ok {
		if at := time.Unix(0, p.at); e.Since.After(at) {
			e.Since = at.UTC()
		}
		c.tell(p.at, e)
	}
}

// maxStateNote is how much of a comment is looked at.
const maxStateNote = 1 << 10

// move takes what a packet says of how far the bytes of both directions have come.
func (c *connection) move(p *packet) {
	if p.isRST {
		return
	}
	sent, received := &c.progress[p.sender], &c.progress[p.sender.other()]
	seq, scale := p.segment.Seq, received.scale
	if p.segment.SYN {
		seq++
		scale = unknownScale // its own window is not scaled
	}
	sent.send(c.latest, seq, p.segment.Length)
	if p.isACK && received.acknowledge(c.latest, p.ack, p.window, scale) && c.client != unknownEnd {
		c.tell(c.latest, capture.Event{Kind: capture.Unblocked, Dir: c.dir(p.sender.other())})
	}
}

// stand lets time pass up to now, and tells of bytes that stand. In a recording of the
// relay acknowledgements are made up, and comments tell it.
func (c *connection) stand(now int64) {
	c.latest = max(c.latest, now)
	if c.progress[0].evident|c.progress[1].evident == 0 { // as nearly always
		return
	}
	if c.client == unknownEnd || c.ended || c.marker != nil || c.unseen[0] || c.unseen[1] {
		return
	}
	for sender := range twoEnds {
		p := &c.progress[sender]
		at, due := p.due(c.latest)
		if due && !c.align.withholds(sender.other(), at, p.acked) && c.tell(at, capture.Event{
			Kind: capture.Blocked, Dir: c.dir(sender), Since: time.Unix(0, p.since).UTC(), Bytes: uint64(p.bytes()),
		}) {
			p.tell(at)
		}
	}
}

// maxUntold is how many events that bytes stand may wait for what came before them, of a
// connection, and maxUntoldInAll of all of a worker's. Those that they move again find room
// for as many more. A recording under rules tells of each frame that one touches, and may do so
// before it has the end of the handshake, which came with the first of them.
const (
	maxUntold      = 64
	maxRuledUntold = 1024
	maxUntoldInAll = 4096
)

// tell emits an event that says whether bytes stand, or heartbeats wait; or keeps it while
// what came before may not be decoded. It returns false where too many are kept.
func (c *connection) tell(at int64, e capture.Event) bool {
	if c.established && !c.waits {
		c.emit(max(at, c.event.At.UnixNano()), e)
		return true
	}
	if c.joint != nil && e.Kind == capture.Applied && e.Dir.Receiver() != c.leg.Peer() {
		return true // the other leg tells it: nothing has ended yet
	}
	room := 1
	if e.Kind == capture.Unblocked || e.Kind == capture.HeartbeatsGo {
		room = 2
	}
	limit := maxUntold
	if e.Kind == capture.Applied || e.Kind == capture.Data {
		limit = maxRuledUntold
	}
	if len(c.untold) >= room*limit || c.w.untold >= room*maxUntoldInAll {
		return false
	}
	e.At = time.Unix(0, at)
	c.untold = append(c.untold, e)
	c.w.untold++
	return true
}

// release emits the events that were kept, up to this time, where the session stands.
func (c *connection) release(until int64) {
	if !c.established {
		return
	}
	for len(c.untold) > 0 && c.untold[0].At.UnixNano() <= until {
		e := c.untold[0]
		c.untold = c.untold[1:]
		c.w.untold--
		c.hand(max(e.At.UnixNano(), c.event.At.UnixNano()), e)
	}
	if len(c.untold) == 0 {
		c.untold = nil
	}
}
