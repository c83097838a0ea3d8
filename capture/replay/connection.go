package replay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tcpflow"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A connection is one TCP connection of the capture, and so one session, or a probe. The
// sorter makes it; from then on only its worker touches it.
//
// Its ends are numbered as the flow's key has them. The SYN tells which of them is
// the client, or else findClient does.
type connection struct {
	serial int64             // the connections' number, by their first packets
	id     capture.SessionID // 0 until it is a session: see flow.isSession
	w      *worker
	ends   flowKey
	first  int64 // time of the first packet, in nanoseconds since 1970
	now    int64 // time of the last
	leg    capture.Leg

	beginning beginning
	align     aligner
	streams   byEnd[tcpflow.Stream] // by the end that sends
	client    end                   // unknownEnd until it is known
	packets   int                   // how many were seen
	answered  bool                  // the connection stood: more than a SYN, and a RST, was seen
	carried   bool                  // any payload was seen, or is missing
	lacks     bool                  // payload is missing
	cut       uint64                // packets of which the capture has not all payload
	served    bool                  // the server has sent data
	progress  byEnd[progress]       // of the bytes that an end sends; of no use in a recording
	latest    int64                 // the latest time of a packet: they may be out of order
	offers    bool                  // the client's SYN was seen
	greets    bool                  // its bytes were found to begin with its hello
	offered   int8                  // by how much it wants the client's windows to be scaled

	observer    *tlstap.Observer // nil until there is something to open
	established bool
	spoke       bool // a Data event was emitted
	sights      protocol.ByDirection[sight]
	arrivals    protocol.ByDirection[arrivals]
	marker      *marker // nil where the connection is not a leg of a recording
	joint       *joint  // of both legs; nil where the connection is a session by itself
	event       capture.Event
	plain       bool // event is of data that was emitted by emitData
	// untold are events that say whether bytes stand. They wait until what came before
	// them is decoded.
	untold []capture.Event

	known   bool   // the worker has it in live
	holds   bool   // the worker has it in holding
	waits   bool   // the worker has it in waiting
	why     string // why something could not be decoded; empty where all could
	keyless bool   // it is for want of a key
	over    bool   // no more packets are looked at
	ending
	evidence
	clock
	goings protocol.ByDirection[going]
	opened bool // the Opened event was emitted
	closed bool // the Closed event was emitted
}

// An ending says how a connection ended: the first thing that ended it counts.
type ending struct {
	ended   bool // an alert, FIN or RST has ended it, or the capture
	endedAt int64
	byTLS   bool // an alert has
	refused bool // by which its sender refused the handshake
	by      session.Closer
	how     string // empty where it ended in good order
}

// newConnection returns a connection for worker w. Its first packet was captured at
// this time; leg is the leg of a recording that it is, or NoLeg.
func newConnection(serial int64, w *worker, ends flowKey, first int64, leg capture.Leg) *connection {
	c := &connection{serial: serial, w: w, ends: ends, first: first, now: first, leg: leg, client: unknownEnd}
	if leg != capture.NoLeg {
		c.marker = newMarker(leg)
	}
	for i := range c.streams {
		c.streams[i].Init(w.limits)
		c.progress[i].scale = unknownScale
	}
	c.align.init(&c.streams, w.limits, w.pipe)
	return c
}

// dir returns the direction that an end sends in. The client is known.
func (c *connection) dir(sender end) protocol.Direction {
	if sender == c.client {
		return protocol.ClientToServer
	}
	return protocol.ServerToClient
}

// packet takes a packet of the connection, in the order of the capture.
func (c *connection) packet(p *packet) {
	if c.over {
		if c.joint != nil {
			c.joint.packet(c, p)
		}
		return
	}
	if !c.known {
		c.known = true
		c.w.begins(c)
	}
	if p.id != 0 {
		c.id = p.id
	}
	switch {
	case p.end != "":
		c.end(p.at, p.end)
		return
	case c.marker != nil: // a recording is in order
		c.process(p)
	case !c.beginning.begun && c.keeps(p):
	case !c.over: // else those of the beginning have ended it
		c.arrive(p, c.w.now)
	}
	c.hold()
}

// arrive takes a packet that came when the capture had come to the time now.
func (c *connection) arrive(p *packet, now int64) {
	switch {
	case c.align.arrive(p, now):
		c.align.release(p)
		c.process(p)
	case !c.align.put(p, now):
		c.loseOrder()
	default:
		c.letGo(c.align.latest - c.align.back)
	}
}

// process takes a packet of the connection, in the order of causes.
func (c *connection) process(p *packet) {
	if c.packets == 0 {
		c.first, c.beginning.midway = p.at, isMidway(p)
	}
	if c.now = p.at; c.ahead != c.align.ahead { // times from before are of another clock
		c.ahead, c.latest = c.align.ahead, p.at
	}
	sender, receiver := p.sender, p.sender.other()
	st := &c.streams[sender]
	c.packets++
	if p.at >= c.latest { // else it may acknowledge what stands
		c.stand(p.at)
	}
	if p.segment.SYN {
		c.synchronise(p)
	}
	if c.marker != nil && len(p.comment) > 0 && p.segment.Length > 0 && st.Started() {
		c.marker.comment(c.dir(sender), st.Position(p.segment.Seq), p)
	}
	if p.isACK && c.align.believes(receiver, p.ack) {
		c.streams[receiver].Ack(p.at, p.ack)
	}
	c.answered = c.answered || p.isACK && !p.isRST
	c.carried = c.carried || p.carried
	if p.segment.Length > len(p.segment.Payload) {
		c.cut++
	}
	if c.marker != nil { // a recording is in order: what it lacks does not come
		st.Lose(p.segment.Seq)
		if p.isACK {
			c.streams[receiver].Lose(p.ack)
		}
	}
	st.Add(p.at, &p.segment)
	c.findClient()
	if !c.streams[receiver].Started() {
		c.acceptance(p)
	}
	if c.client != unknownEnd {
		c.align.reference = c.client
	}
	if c.carried && c.client != unknownEnd {
		c.begin()
	}
	c.move(p)
	c.drain(receiver)
	c.drain(sender)
	c.stand(p.at)
	if p.isRST && c.plausible(p) {
		c.reset(sender)
	}
	if c.streams[0].Ended() && c.streams[1].Ended() {
		c.close()
	}
	if c.marker != nil && len(p.comment) > 0 {
		c.marker.session(p)
		c.states(p)
		c.mayBeCut(p.comment)
		if p.segment.Length == 0 {
			c.anchor(p)
		}
	}
	if c.joint != nil && c.joint.packet(c, p) {
		c.end(c.now, "")
	}
}

// synchronise takes what a SYN says: who is the client, and where the bytes begin.
func (c *connection) synchronise(p *packet) {
	client := p.sender
	if p.isACK {
		client = client.other()
		c.streams[client].StartAt(p.ack)
	}
	c.scaleWindows(p)
	if c.client == unknownEnd {
		c.client = client
	}
}

// acceptance takes where the server's bytes begin from what the client sends before it has
// any of them: its answer to the server's SYN, which the capture lacks, and its hello. The
// stream of what p goes to has not started.
func (c *connection) acceptance(p *packet) {
	client, server := &c.streams[p.sender], &c.streams[p.sender.other()]
	if (c.offers || c.greets) && p.sender == c.client && p.isACK && !p.isRST && client.Started() && client.Position(p.segment.Seq) == 0 {
		server.StartAt(p.ack)
	}
}

// scaleWindows takes what a SYN says of how windows are scaled: they are where both SYNs
// say so, and the answer only does where the first one did (RFC 7323, section 2.2).
func (c *connection) scaleWindows(p *packet) {
	toServer, toClient := &c.progress[p.sender.other()], &c.progress[p.sender]
	switch {
	case !p.isACK:
		c.offers, c.offered = true, p.scale
	case p.scale == unknownScale:
		toServer.scale, toClient.scale = 0, 0
	default:
		toServer.scale = p.scale // the server's windows
		if c.offers {
			toClient.scale = c.offered
		}
	}
}

// begin opens the session, once. The client is known.
func (c *connection) begin() {
	if c.opened || c.id == 0 {
		return
	}
	c.opened = true
	c.hand(c.first, capture.Event{
		Kind: capture.Opened, Client: c.ends[c.client].String(), Server: c.ends[c.client.other()].String(),
		Leg: c.leg,
	})
}

// emit emits an event of the session, behind what was told of the time before.
func (c *connection) emit(at int64, e capture.Event) {
	c.precede(at, e.Kind)
	c.hand(at, e)
}

// emitData emits the plaintext of a record, as emit does. An event is large, and most are
// of this kind: it is not copied on the way, nor made anew behind another one.
func (c *connection) emitData(at int64, dir protocol.Direction, b []byte) {
	c.precede(at, capture.Data)
	if !c.plain {
		c.event, c.plain = capture.Event{Kind: capture.Data}, true
	}
	c.event.Dir, c.event.Data = dir, b
	c.pass(at)
}

// precede tells what comes before an event of this kind.
func (c *connection) precede(at int64, kind capture.Kind) {
	c.begin()
	if c.established && kind != capture.Established {
		if c.untoldWhy || c.align.ahead != 0 {
			c.tellOrder(at)
		}
		if len(c.untold) > 0 {
			c.release(at)
		}
	}
}

// hand hands an event of the session to the worker.
func (c *connection) hand(at int64, e capture.Event) {
	c.event, c.plain = e, false
	c.pass(at)
}

// pass hands the connection's event to the worker.
func (c *connection) pass(at int64) {
	e := &c.event
	e.Session, e.At = c.id, time.Unix(0, c.tick(at, e)).UTC()
	if c.joint != nil {
		c.joint.take(c.leg, e)
		return
	}
	c.w.emit(e)
}

// drain takes what an end's stream now has.
func (c *connection) drain(sender end) {
	if c.client != unknownEnd {
		c.take(sender, c.dir(sender))
	}
}

// hold tells the worker whether the passing of time alone may make events.
func (c *connection) hold() {
	holding := len(c.beginning.first) > 0 || c.align.waiting() || c.streams[0].Holding() || c.streams[1].Holding() ||
		!c.ended && c.marker == nil && (c.progress[0].pending() || c.progress[1].pending())
	if holding != c.holds {
		c.holds = holding
		c.w.holds(c, holding)
	}
}

// take feeds the observer what the stream of a direction has.
func (c *connection) take(sender end, dir protocol.Direction) {
	st := &c.streams[sender]
	for !st.Idle() && !c.over {
		p, ok := st.Next()
		if !ok {
			return
		}
		switch {
		case c.unseen[sender] && !p.End:
		case len(p.Data) > 0:
			c.feed(dir, p.Data)
		case p.Missing > 0:
			c.carried, c.lacks = true, true
			// What the other direction says may be about what is missing.
			s := &c.sights[dir]
			s.skips = s.skips || !c.waits && s.why == "" && !c.goings[dir].notified
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
