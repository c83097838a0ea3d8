package replay

import (
	"anytls-inspect/capture/internal/tcpflow"
)

// An aligner puts the packets of a connection's two directions into the order in which they
// were sent, and corrects their times:
//
//  1. A packet that acknowledges bytes of the other end waits for these (RFC 9293, section
//     3.4). They may come later: two taps have clocks of their own, a file may be sorted by
//     direction, or packets be out of order.
//  2. What comes so says by how much the clocks differ: see skew. Times are corrected to the
//     client's clock.
//  3. Where packets have come out of the order of their times, by the corrected ones, one that
//     may have earlier ones of the other end behind it waits for them.
//
// In a capture in good order nothing waits, and nothing is copied.
type aligner struct {
	streams *byEnd[tcpflow.Stream] // say how far the bytes of each end have come
	budget  *tcpflow.Budget

	// What each packet needs stands together: there may be many connections.
	latest    int64 // the latest time of a packet
	behind    int64 // by how much packets were behind the time of the whole capture at most
	arrivals  int   // how many packets came
	held      int   // memory of the packets that wait, in bytes
	back      int64 // by how much times went back at most
	ahead     int64 // the estimate of the skew
	pipe      bool  // the capture is a pipe: it must not be waited for for long
	crooked   bool  // a packet has had to wait, so others may come late
	off       bool  // the order is uncertain: nothing waits any more
	reference end   // whose clock counts
	lanes     byEnd[lane]

	skew     skew
	rest     int64 // by how much the estimate may be off
	released int64 // the latest corrected time of one that need not wait; unknown in good order
}

// init makes a ready for a connection.
func (a *aligner) init(streams *byEnd[tcpflow.Stream], limits *tcpflow.Limits, pipe bool) {
	a.streams, a.budget, a.pipe = streams, limits.Budget, pipe
}

// maxLooked is how many packets that wait are looked at for bytes that have come.
const maxLooked = 1 << 12

// waiting tells whether packets wait.
func (a *aligner) waiting() bool { return a.held > 0 }

// arrive takes a packet that came when the capture had come to the time now, and tells whether
// it need not wait. Else put is to be called with it.
func (a *aligner) arrive(p *packet, now int64) (free bool) {
	l, other := &a.lanes[p.sender], &a.lanes[p.sender.other()]
	if !l.seen && !other.seen && p.isACK && !p.segment.SYN && !a.streams[p.sender.other()].Started() {
		other.floor, other.hasFloor = p.ack, true // what was before is not in the capture
	}
	if a.arrivals > 0 && p.at < a.latest {
		a.back = max(a.back, a.latest-p.at)
	}
	l.note(p)
	a.latest = max(a.latest, p.at)
	a.behind = max(a.behind, now-p.at)
	a.arrivals++
	switch {
	case a.off:
		return true
	case a.waiting() || p.isACK && !a.reached(p.sender.other(), p.ack) || p.isRST && a.early(p):
		return false
	case a.back == 0 && a.ahead == 0:
		return true
	default:
		return a.correct(p.sender, p.at) <= a.watermark(p.sender.other(), a.latest-a.back)
	}
}

// early tells whether a RST may stand before packets that were sent earlier: it is behind bytes
// that did not come yet, or others came late. It waits for these, since it ends all.
func (a *aligner) early(p *packet) bool {
	seq, ok := a.streams[p.sender].Expected()
	away := int32(p.segment.Seq - seq)
	return a.crooked || a.back > 0 || ok && away > 0 && away <= nearby
}

// put keeps a copy of a packet that waits, and tells whether there is memory for it. now is the
// time of the capture.
func (a *aligner) put(p *packet, now int64) (fits bool) {
	q := queued{packet: *p, since: max(now, a.latest)}
	n := q.size()
	a.lanes[p.sender].put(q)
	a.crooked = true
	a.held += n
	return a.budget.Hold(n)
}

// reached tells whether an end's bytes have come as far as the other one acknowledges, or are
// not to be waited for.
func (a *aligner) reached(e end, ack uint32) bool {
	l := &a.lanes[e]
	if seq, ok := a.streams[e].Expected(); ok {
		if d := int32(ack - seq); d <= 0 || d > farthest {
			if l.hasFloor && int32(seq-l.floor) >= 0 {
				l.hasFloor = false
			}
			return true
		}
	} else if l.hasLast && int32(ack-l.last) <= 0 && !a.lanes[e.other()].syn {
		return true // where the stream begins is not known, and no SYN will tell
	}
	return l.hasFloor && int32(ack-l.floor) <= 0
}

// believes tells whether an acknowledgement says anything of the bytes of end e that came:
// where the order is uncertain, bytes that did not come yet are not missing.
func (a *aligner) believes(e end, ack uint32) bool {
	return !a.off || a.lanes[e].seen && int32(ack-a.lanes[e].furthest) <= 0
}

// correct returns a time of an end's clock as that of the reference.
func (a *aligner) correct(e end, at int64) int64 {
	switch {
	case e == a.reference || a.ahead == 0:
		return at
	case e == 1:
		return at - a.ahead
	default:
		return at + a.ahead
	}
}

// watermark returns the time up to which all packets of an end have come, where those that are
// not of before the time past have.
func (a *aligner) watermark(e end, past int64) int64 {
	l := &a.lanes[e]
	if l.seen {
		past = max(past, l.latest-l.back)
	}
	return a.correct(e, past)
}

// past returns the time before which all packets have come where the capture has come to the
// time now. A pipe is not waited for.
func (a *aligner) past(now int64) int64 {
	if a.pipe {
		return endOfTime
	}
	return now - a.behind
}

// horizon returns the time that the connection has come to by the clock of the reference, where
// the capture has come to the time now.
func (a *aligner) horizon(now int64) int64 {
	now = min(now-a.behind, a.correct(a.reference.other(), now-a.behind))
	for e := range twoEnds {
		if len(a.lanes[e].queue) > 0 {
			now = min(now, a.head(e))
		}
	}
	return now
}

// next returns the next packet that need not wait any more, where all packets before the time
// past have come.
func (a *aligner) next(past int64) (q queued, ok bool) {
	if !a.waiting() {
		return q, false
	}
	var ready byEnd[bool]
	for e := range twoEnds {
		if len(a.lanes[e].queue) > 0 {
			q := &a.lanes[e].queue[0]
			ready[e] = a.isReady(q) && (!q.isRST || past >= endOfTime || a.stuck(e, past))
		}
	}
	switch {
	case ready[0] && ready[1]:
		e := end(0)
		if a.head(1) < a.head(0) {
			e = 1
		}
		return a.take(e, 0), true
	case ready[0] || ready[1]:
		e := end(0)
		if ready[1] {
			e = 1
		}
		if o := e.other(); past >= endOfTime || len(a.lanes[o].queue) > 0 || a.head(e) <= a.watermark(o, past) {
			return a.take(e, 0), true
		}
		return q, false
	}
	// The first ones may be out of order, where their times are equal or wrong.
	for e := range twoEnds {
		queue := a.lanes[e].queue
		for i := 1; i < len(queue) && i < maxSearch; i++ {
			if !queue[i].isRST && a.isReady(&queue[i]) {
				return a.take(e, i), true
			}
		}
	}
	return q, false
}

// head returns the corrected time of the first packet of an end that waits.
func (a *aligner) head(e end) int64 { return a.correct(e, a.lanes[e].queue[0].at) }

// isReady tells whether a packet does not wait for bytes.
func (a *aligner) isReady(q *queued) bool {
	return a.off || !q.isACK || a.reached(q.sender.other(), q.ack)
}

// take takes packet i off a lane.
func (a *aligner) take(e end, i int) queued {
	q := a.lanes[e].take(i)
	a.lanes[e].stuck = stuck{}
	a.held -= q.size()
	a.budget.Hold(-q.size())
	return q
}

// clear forgets what waits.
func (a *aligner) clear() {
	a.budget.Hold(-a.held)
	a.held = 0
	a.lanes[0].queue, a.lanes[1].queue = nil, nil
}

// release notes a packet that need not wait, and corrects its time.
func (a *aligner) release(p *packet) {
	l, other := &a.lanes[p.sender], &a.lanes[p.sender.other()]
	seq := p.ends()
	if !l.hasLast || int32(seq-l.last) > 0 {
		l.last, l.hasLast = seq, true
	}
	// Bounds tell nothing where all is in order, but those of the handshake, which are the
	// closest.
	if a.arrivals > len(l.sends.ring) && a.back == 0 && !a.crooked {
		return
	}
	at := p.at
	acked, ok := other.sends.when(p.ack)
	if ok && p.isACK {
		a.skew.bound(p.sender, acked.at, at)
		was := a.ahead
		if a.ahead, a.rest = a.skew.estimate(a.lanes[0].astray + a.lanes[1].astray); a.ahead != was {
			acked.corrected = a.correct(p.sender.other(), acked.at)
			a.forget()
		}
	}
	if p.at = a.correct(p.sender, at); ok && p.isACK && (a.ahead != 0 || !a.skew.suspected()) {
		p.at = max(p.at, acked.corrected+1) // nothing is acknowledged before it was sent
	}
	if p.isRST {
		p.at = max(p.at, a.released)
	}
	a.released = max(a.released, p.at)
	l.sends.add(sent{p.segment.Seq, seq, at, p.at})
}

// forget forgets times that were corrected by another estimate.
func (a *aligner) forget() {
	a.released = 0
	for e := range twoEnds {
		for i := range a.lanes[e].sends.ring {
			s := &a.lanes[e].sends.ring[i]
			s.corrected = a.correct(e, s.at)
		}
	}
}

// blocked returns the end whose first waiting packet is the one to be given up waiting for
// first: the earliest that waits for bytes, and rather for some that do not wait themselves.
func (a *aligner) blocked() (e end, ok bool) {
	e, lacks := unknownEnd, false
	for i := range twoEnds {
		q := a.lanes[i].queue
		if len(q) == 0 || a.isReady(&q[0]) {
			continue
		}
		lacking := !a.comes(i.other())
		if e == unknownEnd || lacking && !lacks || lacking == lacks && a.head(i) < a.head(e) {
			e, lacks = i, lacking
		}
	}
	return e, e != unknownEnd
}

// Bytes that packets behind them show to be lacking are waited for until patientPackets more
// packets of the connection have come, or fewer in more than patientTime nanoseconds of the
// capture's time, or time alone says so: packets may be captured later than what answers them.
const (
	patientPackets = 128
	fewerPackets   = 24
	patientTime    = undecidedTime
	longTime       = 60 * patientTime
)

// overdue tells whether bytes that the first packet of an end waits for will not come: the other
// end has gone on past them for some packets or some time, or, on a pipe, stays behind for that
// time.
func (a *aligner) overdue(e end, now int64) bool {
	l, o := &a.lanes[e], &a.lanes[e.other()]
	q := &l.queue[0]
	now = max(now, a.latest)
	if a.pipe && now-q.since > patientTime {
		return true
	}
	if !o.seen || int32(q.ack-o.furthest) > 0 || a.comes(e.other()) {
		return false
	}
	return a.stuck(e, now)
}

// stuck tells whether the first packet of an end has waited for long enough for others that
// may come.
func (a *aligner) stuck(e end, now int64) bool {
	l := &a.lanes[e]
	if !l.stuck.on {
		l.stuck = stuck{true, now, a.arrivals}
	}
	packets, time := a.arrivals-l.stuck.arrivals, now-l.stuck.since
	return a.off || packets > patientPackets || packets > fewerPackets && time > patientTime || time > longTime
}

// comes tells whether the next bytes of an end are in a packet that waits itself.
func (a *aligner) comes(e end) bool {
	seq, ok := a.streams[e].Expected()
	for i := range min(len(a.lanes[e].queue), maxSearch) {
		q := &a.lanes[e].queue[i]
		if !ok && (q.segment.SYN || !a.lanes[e.other()].syn) {
			return true
		}
		if ok && int32(seq-q.segment.Seq) >= 0 && int32(q.ends()-seq) > 0 {
			return true
		}
	}
	return false
}

// withholds tells whether an acknowledgement of more than this, by end e and from before a time,
// waits for bytes that the capture may lack.
func (a *aligner) withholds(e end, before int64, ack uint32) bool {
	queue := a.lanes[e].queue
	for i := range min(len(queue), maxSearch) {
		if q := &queue[i]; q.isACK && int32(q.ack-ack) > 0 && a.correct(e, q.at) <= before {
			return true
		}
	}
	return false
}

// loseTail gives up bytes of an end that its own packets say it has sent, when no more come.
func (a *aligner) loseTail(e end) {
	l := &a.lanes[e]
	if seq, ok := a.streams[e].Expected(); ok && l.seen {
		if away := int32(l.furthest - seq); away > 0 && away <= nearby {
			a.streams[e].Lose(l.furthest)
		}
	}
}

// giveUp says that the next bytes which the first packet of an end waits for will not come.
func (a *aligner) giveUp(e end) {
	q, o := &a.lanes[e].queue[0], e.other()
	l, start := &a.lanes[o], q.ack // the first that is acknowledged is the SYN, which is lost
	if l.hasFloor {
		start = l.floor // or was before the capture
	}
	if (l.hasFloor || a.lanes[e].syn) && (!l.seen || int32(l.lowest-start) >= 0) {
		a.streams[o].StartAt(start)
	}
	l.lost, l.hasLost = a.missing(o, q.ack), true
	a.streams[o].Lose(l.lost)
	if !l.hasFloor || int32(l.lost-l.floor) > 0 {
		l.floor, l.hasFloor = l.lost, true
	}
}

// missing returns the sequence number up to which bytes of an end do not come, of those before
// ack: packets with others may wait themselves, for bytes of the other end that do not come
// either.
func (a *aligner) missing(e end, ack uint32) (upTo uint32) {
	l := &a.lanes[e]
	from, ok := a.streams[e].Expected()
	if !ok {
		return ack
	}
	if l.hasLost && int32(l.lost-from) > 0 {
		from = l.lost // the stream did not hand it out yet
	}
	for i := range min(len(l.queue), maxLooked) {
		if g := &l.queue[i].segment; (g.Length > 0 || g.FIN) && int32(g.Seq-from) > 0 && int32(g.Seq-ack) < 0 {
			ack = g.Seq
		}
	}
	return ack
}
