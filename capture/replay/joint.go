package replay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// A joint makes one session of the two legs on which a relay has recorded it: it takes the
// events of both, in the order of their packets, and emits those that the relay itself had
// emitted. It decides by the events alone.
//
//   - The session is opened by the client of the client's leg, toward the server of the
//     server's leg.
//   - What a peer sent is what came on its own leg. What the relay made is what it wrote to
//     the other: see jointLane. What a rule touched is told by both: see jointruled.go.
//   - The session is closed when both legs are over: see jointend.go.
//
// Where the recording has the client's leg alone, its events pass as they are.
type joint struct {
	emit func(*capture.Event)
	room *room // for what the lanes hold

	note   capture.SessionNote // empty where the recording has none
	server string              // the address of the server's leg; empty: it has not begun
	legs   protocol.ByPeer[jointLeg]
	lanes  protocol.ByDirection[jointLane]
	told   capture.Event // how the relay told the end; Kind is Closed where it did

	opened   bool
	stands   bool          // the Established event was emitted
	alone    bool          // there is no leg but the client's, though TLS stands on it
	closed   bool          // the Closed event was emitted
	lastAt   time.Time     // of the last event
	packetAt int64         // when the newest packet of both legs was, in nanoseconds
	event    capture.Event // that is being emitted
}

// A jointLeg is what a joint keeps of a leg.
type jointLeg struct {
	opened      capture.Event // Kind is Opened once it was
	established *capture.Event
	ended       bool
	end         legEnd
}

// newJoint returns the joint of a session whose client's leg begins.
func newJoint(r *room, emit func(*capture.Event)) *joint {
	j := &joint{emit: emit, room: r}
	for d := range j.lanes {
		j.lanes[d].joint, j.lanes[d].dir = j, protocol.Direction(d)
	}
	return j
}

// packet takes a packet of a leg, for what the recording tells of the session, and for the
// beginning of the server's leg. It returns true where the recording tells with it that TLS
// failed: the relay does not wait then for the peer to end its TCP, and the leg is over.
func (j *joint) packet(c *connection, p *packet) (failed bool) {
	j.packetAt = max(j.packetAt, p.at)
	if c.leg == capture.ServerLeg && j.server == "" && c.client != unknownEnd {
		j.server = c.ends[c.client.other()].String()
		j.open()
	}
	if len(p.comment) > 0 && len(p.comment) <= maxNote {
		return j.hear(string(p.comment))
	}
	return false
}

// maxNote is how long a comment may be that is looked at.
const maxNote = 8 << 10

// hear takes what the recording tells of the session. It returns true where that is that TLS
// failed.
func (j *joint) hear(comment string) (failed bool) {
	if n, ok := capture.ParseSessionNote(comment); ok {
		j.note = n
	} else if e, ok := capture.ParseEndNote(comment); ok {
		j.told = e
		return e.TLSFailed
	}
	return false
}

// take takes an event of a leg: any but Closed and Probed.
func (j *joint) take(l capture.Leg, e *capture.Event) {
	if j.closed || j.alone && l != capture.ClientLeg {
		return
	}
	peer := l.Peer()
	switch e.Kind {
	case capture.Opened:
		j.legs[peer].opened = *e
		j.open()
		return
	case capture.Established:
		kept := *e
		j.legs[peer].established = &kept
		j.stand()
		if !j.alone {
			return
		}
	}
	if j.alone {
		j.passAlone(e)
		return
	}
	j.sort(peer, e)
	j.advance(e.At)
}

// sort gives the lanes what an event of the leg with a peer tells: what the peer sent, or what
// was written to it.
func (j *joint) sort(peer protocol.Peer, e *capture.Event) {
	toPeer := e.Dir.Receiver() == peer
	lane := &j.lanes[e.Dir]
	switch e.Kind {
	case capture.Data:
		switch {
		case e.Missing != 0 && toPeer:
			lane.wrote(e)
		case e.Missing != 0:
			lane.came(e)
		case !toPeer && !e.Fate.Made():
			lane.sent(e)
		case toPeer && e.Fate.Made():
			lane.insert(e)
		case toPeer:
			lane.passes(e.At, len(e.Data))
		}
	case capture.Gap, capture.Unseen:
		// The legs can't be matched any more. What is missing on the receiver's leg alone is
		// what the relay made, as far as there was any: between two bytes of the sender's.
		// The other peer may have answered what is missing before it was known to be.
		if toPeer {
			lane.hides(capture.Event{Kind: capture.Gap, Session: e.Session, Dir: e.Dir})
		} else {
			gap := *e
			gap.At = lane.latest
			lane.sent(&gap)
		}
		lane.loosen()
		lane.other().loosen()
	case capture.Gone:
		if !toPeer {
			lane.sent(e)
		}
	case capture.Applied:
		switch {
		case toPeer:
			lane.applied(e)
		case j.legs[e.Dir.Receiver()].ended:
			lane.sent(e)
		}
	case capture.Blocked, capture.Unblocked, capture.HeartbeatsWait, capture.HeartbeatsGo:
		// Both legs have the note, as long as they are recorded.
		switch {
		case !toPeer && !j.legs[e.Dir.Receiver()].ended:
		case j.stands:
			j.advance(e.At)
			j.pass(e)
		default:
			lane.sent(e)
		}
	case capture.Order:
		j.pass(e)
	}
}

// open emits the Opened event once the server's leg is there.
func (j *joint) open() {
	if first := &j.legs[protocol.Client].opened; j.server != "" && first.Kind == capture.Opened {
		j.begin(capture.NoLeg, j.server)
	}
}

// begin emits the Opened event, once.
func (j *joint) begin(l capture.Leg, server string) {
	if j.opened {
		return
	}
	j.opened = true
	e := j.legs[protocol.Client].opened
	e.Leg, e.Server, e.Route = l, server, j.note.Route
	if j.note.Server != "" && l == capture.NoLeg {
		e.Server = j.note.Server
	}
	j.pass(&e)
}

// stand emits the Established event once TLS stands on both legs. The relay shakes hands with
// the server before it answers the client: where it has answered, and there is no other leg,
// the recording has none.
func (j *joint) stand() {
	client, server := j.legs[protocol.Client].established, j.legs[protocol.Server].established
	switch {
	case client == nil:
	case j.server == "":
		j.alone = true
		j.begin(capture.ClientLeg, j.legs[protocol.Client].opened.Server)
	case server != nil:
		j.establish(client, server)
	}
}

// establish emits the Established event, once. One of the legs may be nil.
func (j *joint) establish(client, server *capture.Event) {
	if j.stands {
		return
	}
	j.stands = true
	var e capture.Event
	if client != nil {
		e = *client
	}
	if server != nil {
		if server.At.After(e.At) {
			e.At = server.At
		}
		e.Kind, e.Session, e.ServerTLS = capture.Established, server.Session, server.TLS
	}
	j.pass(&e)
}

// advance emits of both lanes what can be by now.
func (j *joint) advance(now time.Time) {
	if !j.stands {
		return
	}
	if j.isLoose() {
		j.inTime(now)
	}
	// What one lets go, the other may wait for.
	for moved := !j.isLoose(); moved; {
		moved = j.lanes[protocol.ClientToServer].advance(now)
		moved = j.lanes[protocol.ServerToClient].advance(now) || moved
	}
	for d := range j.lanes {
		j.lanes[d].rest()
	}
}

// isLoose tells whether neither direction can be matched.
func (j *joint) isLoose() bool {
	return j.lanes[protocol.ClientToServer].loose && j.lanes[protocol.ServerToClient].loose
}

// inTime emits what came so long ago that nothing of before comes any more, in the order of
// time, where the legs can't be matched; and what there is no room for.
func (j *joint) inTime(now time.Time) {
	for {
		first := &j.lanes[protocol.ClientToServer]
		if back := &j.lanes[protocol.ServerToClient]; back.isBefore(first) {
			first = back
		}
		it, made := first.front()
		if it == nil || now.Sub(it.event.At) <= laneLag && !first.isFull() && !first.other().isFull() {
			return
		}
		first.emit(made)
	}
}

// overflows has the session go on where TLS is not known to stand on the server's leg, since
// no more can be held.
func (j *joint) overflows() {
	if client := j.legs[protocol.Client].established; client != nil {
		j.establish(client, j.legs[protocol.Server].established)
	}
}

// pass emits an event as it is, but not as of before what was emitted.
func (j *joint) pass(e *capture.Event) {
	j.event = *e
	if j.event.At.Before(j.lastAt) {
		j.event.At = j.lastAt
	}
	j.lastAt = j.event.At
	j.emit(&j.event)
}
