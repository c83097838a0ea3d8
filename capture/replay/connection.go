package replay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tcpflow"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A connection is one TCP connection of the capture, and so one session. The sorter
// makes it; from then on only its worker touches it.
//
// Its ends are numbered as the flow's key has them. The SYN tells which of them is
// the client, or else findClient does.
type connection struct {
	id    capture.SessionID
	w     *worker
	ends  flowKey
	first int64 // time of the first packet, in nanoseconds since 1970
	now   int64 // time of the last
	leg   capture.Leg

	streams  byEnd[tcpflow.Stream] // by the end that sends
	client   end                   // unknownEnd until it is known
	packets  int                   // how many were seen
	answered bool                  // the server's SYN was seen
	carried  bool                  // any payload was seen

	observer    *tlstap.Observer // nil until there is something to open
	established bool
	arrivals    protocol.ByDirection[arrivals]
	marker      *marker // nil where the connection is not a leg of a recording
	event       capture.Event

	known bool   // the worker has it in live
	holds bool   // the worker has it in holding
	waits bool   // the worker has it in waiting
	why   string // why something could not be decoded; empty where all could
	over  bool   // no more packets are looked at
	ending
	goings protocol.ByDirection[going]
	closed bool // the Closed event was emitted
}

// An ending says how a connection ended: the first thing that ended it counts.
type ending struct {
	ended   bool // an alert, FIN or RST has ended it, or the capture
	endedAt int64
	byTLS   bool // an alert has
	by      session.Closer
	how     string // empty where it ended in good order
}

// newConnection returns a connection for worker w. Its first packet was captured at
// this time; leg is the leg of a recording that it is, or NoLeg.
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

// dir returns the direction that an end sends in. The client is known.
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
	if c.marker != nil && len(p.comment) > 0 {
		c.mayBeCut(p.comment)
	}
}

// synchronise takes what a SYN says: who is the client, and where the bytes begin.
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

// open notes which end is the client, and opens the session.
func (c *connection) open(client end) {
	c.client = client
	c.emit(c.first, capture.Event{
		Kind: capture.Opened, Client: c.ends[client].String(), Server: c.ends[client.other()].String(),
		Leg: c.leg,
	})
}

// emit emits an event of the session.
func (c *connection) emit(at int64, e capture.Event) {
	c.event = e
	c.event.Session, c.event.At = c.id, time.Unix(0, at).UTC()
	c.w.emit(&c.event)
}

// drain takes what an end's stream now has, and tells the worker whether the
// connection holds bytes back.
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

// take feeds the observer what the stream of a direction has.
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
			c.finish(c.now, dir.Sender(), capture.ReasonNoCloseNotify(dir.Sender()))
			if c.observer != nil {
				c.observer.End(dir)
			}
			c.goings[dir].fin = true
			c.goes(c.now, dir)
		}
	}
}
