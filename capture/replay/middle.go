package replay

import (
	"bytes"

	"anytls-inspect/capture/internal/tcpflow"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// A middle keeps the packets of a connection whose beginning the capture lacks, while it is not
// known where the bytes of an end begin: packets may be out of order there, too. Both ends'
// packets wait, so that they go on in the order in which they were sent: what one end says may
// answer what waits of the other.
type middle struct {
	queue []queued
	size  int // memory of it, in bytes

	midway  bool                       // the connection's first packet in the capture has others before
	answers bool                       // its server's bytes were found to begin with its hello
	shown   protocol.ByDirection[bool] // something of a direction was found, or is told to be missing
}

// defers keeps a packet that has to wait for the beginning of its end's bytes, or behind such a
// one. It returns false where the packet is to be processed.
func (c *connection) defers(p *packet) bool {
	if c.marker != nil {
		return false
	}
	m := &c.middle
	if len(m.queue) == 0 {
		midway := c.middle.midway || c.packets == 0 && isMidway(p)
		if !midway || p.segment.Length == 0 || c.streams[p.sender].Started() || isHello(tlstap.Sniff(p.segment.Payload)) || c.packets > undecidedPackets || c.now-c.first > undecidedTime {
			return false // findClient knows, or will
		}
	}
	q := queued{packet: *p}
	q.segment.Payload, q.comment = bytes.Clone(p.segment.Payload), bytes.Clone(p.comment)
	n := q.size()
	m.queue = append(m.queue, q)
	m.size += n
	if p.segment.SYN { // it comes late, and says it
		copy(m.queue[1:], m.queue)
		m.queue[0] = q
	}
	c.now = max(c.now, p.at)
	if fits := c.w.limits.Budget.Hold(n); !fits || p.isRST || p.segment.SYN || len(m.queue) > undecidedPackets ||
		p.at-m.queue[0].at > undecidedTime || m.begun(&c.streams) {
		c.undefer()
	}
	return true
}

// undefer processes the packets that were kept: the bytes of each end begin with the first of
// them.
func (c *connection) undefer() {
	m := c.middle
	c.middle.queue, c.middle.size = nil, 0
	if len(m.queue) == 0 {
		return
	}
	c.w.limits.Budget.Hold(-m.size)
	for e := range twoEnds {
		start := tlstap.Sniff(m.front(e))
		switch c.greeted(start); start {
		case tlstap.StartClientHello:
			c.client = e
		case tlstap.StartServerHello:
			c.client = e.other()
		}
	}
	if c.client == unknownEnd && !m.queue[0].segment.SYN {
		c.client = c.likelyClient()
	}
	for e := range twoEnds {
		// Where the server's bytes begin, the client's hello says: see acceptance.
		if q := m.first(e); q != nil && !m.queue[0].segment.SYN && !c.streams[e].Started() && (!c.greets || e == c.client) {
			c.streams[e].StartAt(q.segment.Seq)
		}
	}
	for i := range m.queue {
		if c.over {
			return
		}
		c.apply(&m.queue[i].packet)
	}
}

// isMidway tells whether a connection whose first packet in the capture this is has others before.
func isMidway(first *packet) bool { return first.isACK && !first.segment.SYN }

// missBeginning notes that the beginning of a direction is missing, where the connection's is and
// the other direction has data: what this one says may be about what is not seen.
func (c *connection) missBeginning(dir protocol.Direction) {
	known := c.offers || c.greets || c.middle.answers && dir == protocol.ServerToClient
	if c.middle.midway && !known && !c.middle.shown[dir] && c.marker == nil && c.sights[dir].why == "" {
		c.middle.shown[dir], c.sights[dir].skips = true, true
	}
}

// begun tells whether it is known where the bytes of both ends begin, as far as there are any.
func (m *middle) begun(streams *byEnd[tcpflow.Stream]) bool {
	for e := range twoEnds {
		if !streams[e].Started() && m.first(e) != nil && !isHello(tlstap.Sniff(m.front(e))) {
			return false
		}
	}
	return true
}

// first returns the packet with the first bytes of an end, nil where there is none.
func (m *middle) first(e end) (first *queued) {
	for i := range m.queue {
		if q := &m.queue[i]; q.sender == e && q.segment.Length > 0 &&
			(first == nil || int32(q.segment.Seq-first.segment.Seq) < 0) {
			first = q
		}
	}
	return first
}

// front returns the first bytes of an end, as far as its first packet has them.
func (m *middle) front(e end) []byte {
	if q := m.first(e); q != nil {
		return q.segment.Payload
	}
	return nil
}
