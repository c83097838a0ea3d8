package replay

import (
	"bytes"
	"unsafe"
)

// A lane is the packets of one end that wait, and what is known of those that came.
type lane struct {
	// What each packet needs stands together: there may be many connections.
	furthest uint32 // sequence number behind all that came
	acked    uint32 // the latest acknowledgement that came
	last     uint32 // sequence number behind all that was let go
	// floor is a sequence number up to which the other end's acknowledgements wait for
	// nothing: what was before is given up, or was before the capture.
	floor    uint32
	latest   int64 // the latest time of a packet
	seen     bool  // any packet came
	acks     bool  // acked is set
	hasLast  bool
	hasFloor bool
	carries  bool // a packet has payload, or is behind payload that the capture lacks
	syn      bool // one of them is a SYN without an acknowledgement

	queue  []queued // in the order of their times
	lowest uint32   // sequence number of the first byte that came
	back   int64    // by how much the times of packets went back at most
	// lost is the sequence number up to which bytes that were waited for were given up last.
	lost    uint32
	hasLost bool
	astray  int // how many packets came behind one that acknowledges more, and has an earlier time

	sends sends // of what was let go
	stuck stuck
}

// A queued packet waits.
type queued struct {
	packet
	since int64 // the time of the capture when it came
}

// A stuck says since when the first packet of a lane waits for bytes that the other end has
// gone on past: the capture's time, and how many packets of the connection had come.
type stuck struct {
	on       bool
	since    int64
	arrivals int
}

// queuedSize is how much memory a packet takes that waits, in bytes, beside its payload.
const queuedSize = int(unsafe.Sizeof(queued{})) * 5 / 4

// size returns how much memory a queued packet takes, in bytes.
func (q *queued) size() int { return queuedSize + len(q.segment.Payload) + len(q.comment) }

// maxSearch is how far a packet may stand from its place in a lane, and how many of a lane
// are looked at for one that need not wait.
const maxSearch = 256

// put puts a copy of a packet behind those of earlier times. A RST is the last.
func (l *lane) put(q queued) {
	q.segment.Payload = bytes.Clone(q.segment.Payload)
	q.comment = bytes.Clone(q.comment)
	l.queue = append(l.queue, q)
	for i := len(l.queue) - 1; i > 0 && len(l.queue)-i <= maxSearch && l.queue[i-1].after(&q); i-- {
		l.queue[i-1], l.queue[i] = l.queue[i], l.queue[i-1]
	}
}

// after tells whether a packet that came before r was sent after it.
func (q *queued) after(r *queued) bool {
	if q.isRST != r.isRST {
		return q.isRST
	}
	return q.at > r.at
}

// take takes packet i off the lane.
func (l *lane) take(i int) queued {
	q := l.queue[i]
	copy(l.queue[1:i+1], l.queue[:i])
	l.queue[0] = queued{}
	if l.queue = l.queue[1:]; len(l.queue) == 0 {
		l.queue = nil
	}
	return q
}

// note notes a packet that came. Of nearly all there is little to say.
func (l *lane) note(p *packet) {
	if l.seen && p.segment.Seq == l.furthest && p.at >= l.latest && p.isACK && !p.segment.SYN && !p.segment.FIN && !p.isRST &&
		l.acks && int32(p.ack-l.acked) >= 0 {
		l.furthest += uint32(p.segment.Length)
		l.latest, l.acked = p.at, p.ack
		l.carries = l.carries || p.segment.Length > 0
		return
	}
	l.noteAny(p)
}

// noteAny is note for whatever packet.
func (l *lane) noteAny(p *packet) {
	seq := p.ends()
	if !l.seen || !p.isRST && int32(seq-l.furthest) > 0 { // where a reset stands may be made up
		l.furthest = seq
	}
	if !l.seen || int32(p.segment.Seq-l.lowest) < 0 {
		l.lowest = p.segment.Seq
	}
	l.syn = l.syn || p.segment.SYN && !p.isACK
	if l.seen && p.at < l.latest {
		l.back = max(l.back, l.latest-p.at)
	}
	switch on := int32(p.ack - l.acked); {
	case !p.isACK:
	case !l.acks || on > 0:
		l.acked, l.acks = p.ack, true
	case on < 0 && p.at >= l.latest:
		l.astray++
	}
	l.seen, l.latest = true, max(l.latest, p.at)
	l.carries = l.carries || p.segment.Length > 0
}

// ends returns the sequence number behind a packet.
func (p *packet) ends() uint32 {
	seq := p.segment.Seq + uint32(p.segment.Length)
	if p.segment.SYN {
		seq++
	}
	if p.segment.FIN {
		seq++
	}
	return seq
}

// sends are when the last packets were sent that had something new.
type sends struct {
	ring [16]sent
	n    int // how many there ever were
}

// A sent says when the bytes from one sequence number to before another were sent first, and
// by the corrected times when all before the other had been.
type sent struct {
	start, end    uint32
	at, corrected int64
}

// add notes a packet. One with nothing new may have what others lacked.
func (s *sends) add(e sent) {
	if s.n > 0 {
		last := &s.ring[(s.n-1)%len(s.ring)]
		e.corrected = max(e.corrected, last.corrected)
		if int32(e.end-last.end) <= 0 {
			last.corrected = e.corrected
			return
		}
		if int32(e.start-last.end) < 0 {
			e.start = last.end
		}
	}
	s.ring[s.n%len(s.ring)] = e
	s.n++
}

// when returns when the byte before a sequence number was sent. It returns false where that
// is not known, or any more.
func (s *sends) when(ack uint32) (at sent, ok bool) {
	for i := s.n - 1; i >= 0 && i >= s.n-len(s.ring); i-- {
		if e := &s.ring[i%len(s.ring)]; int32(ack-e.start) > 0 {
			return *e, int32(ack-e.end) <= 0
		}
	}
	return sent{}, false
}
