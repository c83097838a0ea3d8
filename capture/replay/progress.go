package replay

import "time"

// Bytes stand where they are not acknowledged for standsAfter nanoseconds of the
// capture's time. Evidence has to come at least resentAfter after the bytes: packets that
// a capture has out of order, or twice, lie closer together.
const (
	standsAfter = int64(time.Second)
	resentAfter = int64(200 * time.Millisecond)
	// smallWindow is the largest window that is too small for a segment of any size that
	// TCP may have to send (RFC 9293, section 3.7.1).
	smallWindow = 535
	// farthest is how far apart sequence numbers of one moment may be (RFC 7323, section 2.3).
	farthest = 1 << 30
)

// unknownScale says that it is not known by how much windows are scaled.
const unknownScale = -1

// A progress says how far the bytes of one direction have come: up to where their sender
// has sent them, and their receiver acknowledged them (RFC 9293, section 3.4). It takes a
// few words, however much the direction carries.
//
// The capture may lack packets. So bytes that it shows no acknowledgement for stand only
// where something else says so as well: see evident.
type progress struct {
	sent, acked uint32 // sequence numbers of the next byte
	edge        uint32 // of the byte behind the receiver's window, as far as that ever reached
	scale       int8   // of the receiver's windows
	knowsSent   bool   // sent is set
	knowsAcked  bool   // acked is set, and edge where the scale is known

	shut   bool // the receiver's window is too small for anything
	wide   bool // it was not always
	probed bool // the sender has tried it since

	burst   uint32 // where bytes begin that were sent within resentAfter of one another
	burstAt int64  // when they began to be
	freshAt int64  // when new bytes were sent last

	since   int64 // when what stands began to: bytes moved last, or were sent, or the window shut
	evident int64 // when it became evident that bytes stand, and not only the capture lacks packets; 0: it is not

	told      bool   // that they stand
	toldBytes uint32 // and how many
	toldAt    int64
}

// waiting returns how many bytes are sent and not acknowledged.
func (p *progress) waiting() uint32 {
	if n := int32(p.sent - p.acked); p.knowsSent && p.knowsAcked && n > 0 {
		return uint32(n)
	}
	return 0
}

// bytes returns how many bytes wait, as far as the capture shows: one at least, where a
// sender tries a window that is shut.
func (p *progress) bytes() uint32 {
	if n := p.waiting(); n > 0 || !p.shut || !p.probed {
		return n
	}
	return 1
}

// begin notes that what stands, or may, does so since now.
func (p *progress) begin(now int64) { p.since, p.evident, p.probed = now, 0, false }

// prove notes that it is evident by now that bytes stand.
func (p *progress) prove(now int64) {
	if p.evident == 0 {
		p.evident = now
	}
}

// send takes n bytes that the sender has sent, the first with this sequence number.
func (p *progress) send(now int64, seq uint32, n int) {
	end := seq + uint32(n)
	if !p.knowsSent {
		p.sent, p.knowsSent = end, true
		p.burst, p.burstAt, p.freshAt = seq, now, now
		p.begin(now)
		return
	}
	fresh := int32(end - p.sent)
	switch {
	case fresh > farthest || fresh < -farthest: // of another connection, or made up
	case fresh > 0:
		if p.waiting() == 0 && !p.shut {
			p.begin(now)
		}
		p.sent = end
		p.probed = p.probed || p.shut
		if p.freshAt = now; now-p.burstAt >= resentAfter {
			p.burst, p.burstAt = seq, now
		}
	case p.waiting() > 0:
		// Who sends again has no acknowledgement either. A copy of what was just sent is the
		// capture's: it has packets twice.
		copied := int32(end-p.burst) > 0 && now-p.freshAt < resentAfter
		if n > 0 && !copied && int32(end-p.acked) > 0 && now-p.since >= resentAfter {
			p.prove(now)
		}
	case p.shut && p.knowsAcked && int32(seq-p.acked) < 0 && now-p.since >= resentAfter:
		p.probed = true // RFC 9293, section 3.8.6.1: with a byte from before, or none
	}
}

// acknowledge takes what the receiver says: which byte it expects next, and how many more
// it takes. It returns whether bytes move that stood.
func (p *progress) acknowledge(now int64, ack uint32, window uint16, scale int8) (moves bool) {
	on := int32(ack - p.acked)
	switch {
	case !p.knowsAcked:
		p.acked, p.edge, p.knowsAcked = ack, ack, true
		p.begin(now)
	case on > farthest || on < 0: // of another connection, or an old one
		return false
	case on > 0:
		p.acked = ack
		p.begin(now)
		moves = p.told
	case p.waiting() > 0 && now-p.since >= standsAfter:
		p.prove(now)
	}
	size := uint32(window)
	if scale > 0 {
		size <<= scale
	}
	if end := ack + size; int32(end-p.edge) > 0 {
		p.edge = end
	}
	small := scale != unknownScale && size <= smallWindow
	p.wide = p.wide || scale != unknownScale && !small
	shut := window == 0 || small && p.wide // some never have more
	switch {
	case shut && !p.shut && p.waiting() == 0:
		p.begin(now)
	case !shut && p.shut && p.waiting() == 0:
		p.begin(now)
		moves = p.told
	case !shut && p.shut && !p.told:
		p.evident = 0 // it was the window's being shut
	}
	if p.shut = shut; shut {
		p.prove(now)
	}
	if moves {
		p.told = false
	}
	return moves
}

// blind tells whether the capture lacks acknowledgements: the sender is past the window
// that is known, but for a byte by which it may try that.
func (p *progress) blind() bool {
	return p.scale != unknownScale && p.knowsAcked && int32(p.sent-p.edge) > 1
}

// whole tells whether the capture has the direction, and as much of it as was
// acknowledged.
func (p *progress) whole() bool {
	const fin = 1 // has a number of its own
	return p.knowsSent && (!p.knowsAcked || int32(p.acked-p.sent) <= fin)
}

// pending tells whether something is to be told by the passing of time alone.
func (p *progress) pending() bool {
	if p.evident == 0 { // as nearly always
		return false
	}
	n := p.bytes()
	return n > 0 && !p.blind() && (!p.told || n > p.toldBytes)
}

// due returns when it is to be told that bytes stand, or that more do, where that was
// before now.
func (p *progress) due(now int64) (at int64, due bool) {
	if !p.pending() {
		return 0, false
	}
	if at = max(p.since+standsAfter, p.evident); p.told {
		at = p.toldAt + standsAfter
	}
	return at, at <= now
}

// tell notes that it is told at this time.
func (p *progress) tell(at int64) { p.told, p.toldAt, p.toldBytes = true, at, p.bytes() }
