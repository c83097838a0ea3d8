package replay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tcpflow"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A connection is one TCP connection of the capture, and so one session. After
// it was made only its worker touches it.
//
// Its ends are numbered as the flow's key has them. Which of them is the client is
// known from the SYN, else from the hellos.
type connection struct {
	id    capture.SessionID
	w     *worker
	ends  flowKey
	first int64 // time of the first packet
	now   int64 // time of the last
	leg   capture.Leg

	streams  byEnd[tcpflow.Stream] // by the end that sends
	client   end                   // unknownEnd until it is known
	packets  int                   // seen so far, while something is undecided
	answered bool                  // the server's SYN was seen
	carried  bool                  // any payload was seen

	observer    *tlstap.Observer // nil until there is something to open
	established bool
	arrivals    protocol.ByDirection[arrivals]
	marker      *marker // nil where the connection is no recorded leg
	event       capture.Event

	known bool   // the worker knows it
	holds bool   // the worker knows that bytes wait for others
	waits bool   // the worker knows that bytes wait for a key
	why   string // what could not be decoded, and why
	over  bool   // no more packets are looked at
	ending
	closed bool // the session is closed
}

// An ending is how a connection ended first.
type ending struct {
	ended   bool // one side has, by TLS, FIN or RST, or the capture
	endedAt int64
	byTLS   bool // by an alert
	by      session.Closer
	how     string // where it is not orderly
}

// newConnection returns a connection whose first packet was captured then, of the
// interface of that name, if it is a recorded leg. It is for worker w.
func newConnection(id capture.SessionID, w *worker, ends flowKey, first int64, leg capture.Leg) *connection {
	c := &connection{id: id, w: w, ends: ends, first: first, now: first, leg: leg, client: unknownEnd}
	if leg != capture.NoLeg {
		c.marker = newMarker()
	}
	for i := range c.streams {
		c.streams[i].Init(w.limits)
	}
	return c
}

// dir returns the direction that an end sends in.
func (c *connection) dir(sender end) protocol.Direction {
	if sender == c.client {
		return protocol.ClientToServer
	}
	return protocol.ServerToClient
}

// packet takes a packet of the connection.
func (c *connection) packet(p *packet) {
	if c.over {
		return
	}
	if !c.known {
		c.known = true
		c.w.begins(c)
	}
	c.now = p.at
	if p.end != "" {
		c.end(p.end)
		return
	}
	sender, receiver := p.sender, p.sender.other()
	st := &c.streams[sender]
	c.packets++
	c.carried = c.carried || p.segment.Length > 0
	if p.segment.SYN {
		c.synchronise(p)
	}
	if c.marker != nil && len(p.comment) > 0 && st.Started() {
		c.marker.comment(c.dir(sender), st.Position(p.segment.Seq), p)
	}
	if p.isACK {
		c.streams[receiver].Ack(p.at, p.ack)
	}
	st.Add(p.at, &p.segment)
	c.findClient()
	c.drain(receiver)
	c.drain(sender)
	if p.isRST && c.plausible(p) {
		c.reset(sender)
	}
	if c.streams[0].Ended() && c.streams[1].Ended() {
		c.close()
	}
}

// synchronise takes what a SYN tells.
func (c *connection) synchronise(p *packet) {
	client := p.sender
	if p.isACK {
		client = client.other()
		c.answered = true
		c.streams[client].StartAt(p.ack)
	}
	if c.client == unknownEnd {
		c.open(client)
	}
}

// open says which end is the client, and that there is a session.
func (c *connection) open(client end) {
	c.client = client
	c.emit(c.first, capture.Event{
		Kind: capture.Opened, Client: c.ends[client].String(), Server: c.ends[client.other()].String(),
		Leg: c.leg,
	})
}

// emit records an event of the session.
func (c *connection) emit(at int64, e capture.Event) {
	c.event = e
	c.event.Session, c.event.At = c.id, time.Unix(0, at).UTC()
	c.w.emit(&c.event)
}

// drain takes what has become known of what an end sent.
func (c *connection) drain(sender end) {
	st := &c.streams[sender]
	if c.client != unknownEnd {
		c.take(st, c.dir(sender))
	}
	if holding := c.streams[0].Holding() || c.streams[1].Holding(); holding != c.holds {
		c.holds = holding
		c.w.holds(c, holding)
	}
}

// take takes what has become known of a direction.
func (c *connection) take(st *tcpflow.Stream, dir protocol.Direction) {
	for !st.Idle() && !c.over {
		p, ok := st.Next()
		if !ok {
			return
		}
		switch {
		case len(p.Data) > 0:
			c.feed(dir, p.Data)
		case p.Missing > 0:
			c.observe().Gap(dir, p.Missing)
		case p.End:
			c.finish(c.now, dir.Sender(), "the "+dir.Sender().String()+" ended its TCP stream without close_notify")
			if c.observer != nil {
				c.observer.End(dir)
			}
		}
	}
}
