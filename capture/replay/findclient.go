package replay

import (
	"time"

	"anytls-inspect/capture/internal/tlstap"
)

// A connection whose SYNs are not in the capture begins with the first bytes that
// are. Packets may be out of order there, too: so what comes first is held back
// until it is a hello, or for so many packets, or so many nanoseconds.
const (
	undecidedPackets = 32
	undecidedTime    = int64(time.Second)
)

// findClient finds out which end is the client, and where the streams begin, as far
// as no SYN has said so: the end that sends a ClientHello is the client, and the
// other end of a ServerHello. Where there is no hello, it is likely the one with
// the higher port.
func (c *connection) findClient() {
	a, b := &c.streams[0], &c.streams[1]
	if c.client != unknownEnd && a.Started() && b.Started() {
		return
	}
	overdue := c.packets > undecidedPackets || c.now-c.first > undecidedTime
	starts := byEnd[tlstap.Start]{tlstap.Sniff(a.Front()), tlstap.Sniff(b.Front())}
	if c.client == unknownEnd {
		client := unknownEnd
		for sender := range twoEnds {
			switch starts[sender] {
			case tlstap.StartClientHello:
				client = sender
			case tlstap.StartServerHello:
				client = sender.other()
			}
		}
		if client == unknownEnd && (overdue || a.Started() || b.Started()) {
			client = c.likelyClient()
		}
		if client == unknownEnd {
			return
		}
		c.client = client
	}
	for sender := range twoEnds {
		if st := &c.streams[sender]; len(st.Front()) > 0 && (overdue || isHello(starts[sender])) {
			st.Start()
			c.greeted(starts[sender])
		}
	}
}

// greeted notes that an end's bytes begin with a hello.
func (c *connection) greeted(s tlstap.Start) {
	c.greets = c.greets || s == tlstap.StartClientHello
	c.beginning.answers = c.beginning.answers || s == tlstap.StartServerHello
}

// isHello tells whether a stream begins with a hello.
func isHello(s tlstap.Start) bool {
	return s == tlstap.StartClientHello || s == tlstap.StartServerHello
}

// likelyClient returns the end that is likelier to be the client: the one with the
// higher port.
func (c *connection) likelyClient() end {
	if c.ends[0].port > c.ends[1].port {
		return 0
	}
	return 1
}
