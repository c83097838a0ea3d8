package replay

import (
	"bytes"

	"anytls-inspect/capture/internal/tlstap"
)

// A beginning is the first packets of a connection whose SYNs the capture does not have. They
// wait until one of them says where the bytes begin, or there are enough of them: then both
// directions begin with what is there, and what they carry keeps the order of the packets.
type beginning struct {
	begun bool
	first []queued
	held  int // their memory, in bytes
}

// keeps keeps a packet of the beginning, and returns false where the connection has begun, with
// this packet at the latest.
func (c *connection) keeps(p *packet) bool {
	hello := tlstap.Sniff(p.segment.Payload) == tlstap.StartClientHello
	switch {
	case p.segment.SYN: // it says where the bytes begin
		c.proceed()
		return false
	case hello:
		c.client, c.greets = p.sender, true
		c.streams[p.sender].StartAt(p.segment.Seq)
		if p.isACK {
			c.streams[p.sender.other()].StartAt(p.ack) // a client speaks first
		}
		c.proceed()
		return false
	case p.isRST, len(c.beginning.first) >= undecidedPackets, p.at-c.first > undecidedTime:
		c.beginAnywhere()
		return false
	}
	q := queued{packet: *p, since: c.w.now}
	q.segment.Payload, q.comment = bytes.Clone(p.segment.Payload), nil
	c.beginning.first = append(c.beginning.first, q)
	c.beginning.held += q.size()
	if !c.w.limits.Budget.Hold(q.size()) {
		c.beginAnywhere()
	}
	return true
}

// proceed takes the packets of the beginning, as if they came now.
func (c *connection) proceed() {
	c.beginning.begun = true
	first := c.beginning.first
	c.forgetBeginning()
	for i := range first {
		if !c.over {
			c.arrive(&first[i].packet, first[i].since)
		}
	}
}

// beginAnywhere lets both directions begin with the first of their bytes that are there.
func (c *connection) beginAnywhere() {
	for sender := range twoEnds {
		var lowest *packet
		for i := range c.beginning.first {
			if p := &c.beginning.first[i].packet; p.sender == sender && p.segment.Length > 0 &&
				(lowest == nil || int32(p.segment.Seq-lowest.segment.Seq) < 0) {
				lowest = p
			}
		}
		if lowest == nil {
			continue
		}
		c.streams[sender].StartAt(lowest.segment.Seq)
		if tlstap.Sniff(lowest.segment.Payload) == tlstap.StartServerHello {
			c.client = sender.other()
		}
	}
	if c.client == unknownEnd && (c.streams[0].Started() || c.streams[1].Started()) {
		c.client = c.likelyClient()
	}
	c.proceed()
}

// forgetBeginning gives the memory of the beginning back.
func (c *connection) forgetBeginning() {
	c.w.limits.Budget.Hold(-c.beginning.held)
	c.beginning.first, c.beginning.held = nil, 0
}
