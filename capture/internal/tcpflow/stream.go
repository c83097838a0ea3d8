package tcpflow

// A Segment is what a packet carried.
type Segment struct {
	// Seq is the packet's sequence number.
	Seq uint32
	// Payload is what was captured of the packet's payload.
	Payload []byte
	// Length is how long the payload was on the wire, in bytes. That is more than
	// Payload holds where the capture cut the packet.
	Length   int
	SYN, FIN bool
	// Doubtful says that the packet's checksum is bad, though its sender's are not always:
	// the receiver may have dropped it. Bytes of a packet that is not doubtful stand in its
	// place.
	Doubtful bool
}

// A Part is what comes next of a stream: bytes, how many are missing, or the end.
type Part struct {
	// Data is the next bytes. It lies in the segment's memory or the stream's.
	// Until it calls the stream again, the caller may overwrite it.
	Data []byte
	// Missing is how many bytes the capture lacks; then Data is empty.
	Missing int64
	// End says that the stream has come to the sender's FIN. Nothing comes after
	// it.
	End bool
}

// A Stream puts one direction into order. After each call of Add and of Ack, call
// Next until it has no more. Times are those of the packets, in nanoseconds.
//
// A stream whose SYN is not in the capture does not know where it begins. It holds
// what it gets until Start is called.
type Stream struct {
	limits *Limits

	// Bytes are numbered from the first of the stream, whose sequence number is
	// base. Before the stream has started, they are numbered from the first that
	// was seen, and those before it have negative numbers.
	base    uint32
	based   bool // base is set
	started bool
	next    int64 // number of the next byte to hand out
	acked   int64 // the receiver has all bytes before this one
	fin     int64 // number of the byte after the last, once finSeen is set
	finSeen bool
	ended   bool

	direct []byte // a segment that came in order, not handed out yet
	// reach is what contiguous has found; never where that may have changed.
	reach  int64
	held   held
	doubts doubts // what came with a bad checksum
	voids  []span // bytes that the capture is known to lack, since it cut their packets

	// Holes before the byte of number settled are given up: it is what acked was
	// some packets or some time ago. mark is what settled will be next.
	settled, mark int64
	packets       int   // since mark was set
	since         int64 // when mark was set
	flushing      bool  // every hole is given up
}

// never is a number before that of any byte.
const never = -1 << 62

// maxWindow is the largest window that TCP can have, in bytes (RFC 7323, section
// 2.3). Nothing is sent further ahead of what was acknowledged.
const maxWindow = 1 << 30

// A span is the bytes from number start to before number end.
type span struct{ start, end int64 }

// maxVoids is how many voids are kept. Other bytes that the capture has cut are a
// hole like any.
const maxVoids = 64

// Init makes s ready for a new stream.
func (s *Stream) Init(l *Limits) {
	*s = Stream{limits: l, held: held{limits: l}, acked: never, mark: never, settled: never, reach: never}
	s.doubts.limits = l
}

// Started tells whether the stream knows where it begins.
func (s *Stream) Started() bool { return s.started }

// Ended tells whether Next has handed out the end.
func (s *Stream) Ended() bool { return s.ended }

// Holding tells whether the stream holds bytes that wait for others.
func (s *Stream) Holding() bool { return len(s.held.runs) > 0 || len(s.doubts.runs) > 0 }

// Front returns the first run of bytes that the stream holds, nil where it holds
// none.
func (s *Stream) Front() []byte {
	switch {
	case len(s.held.runs) > 0:
		return s.held.runs[0].data
	case len(s.doubts.runs) > 0:
		return s.doubts.runs[0].data
	default:
		return nil
	}
}

// Handed returns how many bytes Next has handed out, missing ones included.
func (s *Stream) Handed() int64 { return s.next }

// Position returns the number of the byte with this sequence number: how many
// bytes, missing ones included, Next hands out before it.
func (s *Stream) Position(seq uint32) int64 {
	if !s.based {
		return 0
	}
	return s.next + int64(int32(seq-s.base-uint32(s.next)))
}

// Start begins the stream with the first byte that it holds, where it has not
// started.
func (s *Stream) Start() {
	if s.started {
		return
	}
	switch {
	case len(s.held.runs) > 0:
		s.renumber(s.held.runs[0].start)
	case len(s.doubts.runs) > 0:
		s.renumber(s.doubts.runs[0].start)
	case s.finSeen:
		s.renumber(s.fin)
	}
	s.started = true
}

// StartAt begins the stream with the byte of this sequence number, where it has not
// started. It forgets what was added before and can't be of such a stream: that is
// of an earlier connection between the same ports.
func (s *Stream) StartAt(seq uint32) {
	if s.started {
		return
	}
	s.reach = never
	if s.based {
		s.renumber(s.Position(seq))
		s.held.keep(0, maxWindow)
		s.doubts.keep(0, maxWindow)
		s.finSeen = s.finSeen && s.fin >= 0 && s.fin <= maxWindow
	} else {
		s.base, s.based = seq, true
	}
	s.acked, s.mark, s.settled = never, never, never
	s.started = true
}

// renumber makes the byte of number n the first.
func (s *Stream) renumber(n int64) {
	s.reach = never
	s.base += uint32(n)
	s.fin -= n
	s.acked -= n
	s.settled -= n
	s.mark -= n
	s.held.shift(-n)
	s.doubts.shift(-n)
	s.doubts.fin -= n
	for i := range s.voids {
		s.voids[i].start -= n
		s.voids[i].end -= n
	}
}

// Add takes what a packet carried that was captured at this time.
func (s *Stream) Add(at int64, seg *Segment) {
	s.reach = never
	if s.ended {
		return
	}
	seq := seg.Seq
	if seg.SYN {
		seq++
		s.StartAt(seq)
	}
	if !s.based {
		s.base, s.based = seq, true
	}
	off := s.Position(seq)
	if s.started && off > max(s.next, s.acked)+maxWindow {
		return // of another connection, or made up
	}
	if end := off + int64(seg.Length); seg.FIN && (!s.started || end >= s.next-1) && (!s.finSeen || end < s.fin) {
		s.finish(end, seg.Doubtful)
	}
	if seg.Length > len(seg.Payload) {
		s.void(off+int64(len(seg.Payload)), off+int64(seg.Length))
	}
	if seg.Doubtful {
		s.doubt(off, seg.Payload)
	} else {
		s.take(off, seg.Payload)
	}
	if !s.started && s.exceeds() {
		s.Start()
	}
	s.packets++
	s.Expire(at)
}

// take takes the bytes b. The first has the number off.
func (s *Stream) take(off int64, b []byte) {
	if s.started && off < s.next {
		b = b[min(s.next-off, int64(len(b))):]
		off = s.next
	}
	if len(b) == 0 {
		return
	}
	if s.started && off == s.next {
		n := len(b)
		if len(s.held.runs) > 0 {
			n = int(min(int64(n), max(s.held.runs[0].start-off, 0)))
		}
		s.direct = b[:n:n]
		b, off = b[n:], off+int64(n)
	}
	s.held.insert(off, b)
}

// void notes that the capture lacks the bytes from number start to before number
// end.
func (s *Stream) void(start, end int64) {
	if len(s.voids) < maxVoids {
		s.voids = append(s.voids, span{start, end})
	}
}

// Ack takes the acknowledgement number of a packet of the other direction that was
// captured at this time.
func (s *Stream) Ack(at int64, ack uint32) {
	if !s.based || s.ended {
		return
	}
	s.acked = max(s.acked, s.Position(ack))
	s.believe(s.acked)
	s.packets++
	s.Expire(at)
}

// Lose says that no packet with the bytes before this sequence number will come any
// more, though the receiver has acknowledged them: holes before it are given up.
func (s *Stream) Lose(ack uint32) {
	if s.based && !s.ended {
		s.acked = max(s.acked, s.Position(ack))
		s.settled = max(s.settled, s.acked)
		s.believe(s.acked)
	}
}

// Expire tells the stream what time it is, so that a hole is given up where no
// packets of the flow come.
func (s *Stream) Expire(at int64) {
	late := at-s.since > int64(s.limits.Wait)
	if !late && s.packets <= s.limits.Packets {
		return
	}
	if s.acked != never {
		s.settled, s.mark = s.mark, s.acked
	} else if late {
		// The capture lacks the other direction: time has to do.
		s.settled, s.mark = s.mark, s.furthest()
	}
	s.packets, s.since = 0, at
}

// furthest returns the number of the byte after the last that was seen.
func (s *Stream) furthest() int64 {
	switch {
	case s.finSeen:
		return s.fin
	default:
		return max(s.next, s.held.end(), s.doubts.end())
	}
}

// hole returns the number of the first byte that is held, or of the end; next where
// neither is known.
func (s *Stream) hole() int64 {
	hole := s.next
	if s.finSeen {
		hole = s.fin
	}
	if len(s.held.runs) > 0 && (!s.finSeen || s.held.runs[0].start < hole) {
		hole = s.held.runs[0].start
	}
	if start, ok := s.doubts.begin(s.next, s.acked); ok && (hole == s.next || start < hole) {
		hole = start
	}
	return hole
}

// exceeds tells whether more is held than may be.
func (s *Stream) exceeds() bool { return s.held.exceeds() || s.doubts.exceeds() }

// Close gives up what the stream holds, and its memory. Next has nothing any more.
func (s *Stream) Close() {
	s.reach = never
	s.ended = true
	s.held.release()
	s.doubts.release()
}

// Flush says that no more packets come: Next hands out what is held, and gives up
// each hole. The stream starts where it has not.
func (s *Stream) Flush() {
	s.flushing = true
	s.believe(1 << 62)
	s.Start()
}

// Idle tells whether Next has nothing to return, and the stream waits for
// nothing.
func (s *Stream) Idle() bool {
	return len(s.direct) == 0 && !s.Holding() && !s.finSeen && len(s.voids) == 0 && s.settled <= s.next+fin
}

// Next returns what comes next, and false where that is not known yet.
func (s *Stream) Next() (Part, bool) {
	s.reach = never
	if !s.started || s.ended {
		return Part{}, false
	}
	if len(s.direct) > 0 {
		p := Part{Data: s.direct}
		s.next += int64(len(s.direct))
		s.direct = nil
		return p, true
	}
	if b := s.held.pop(s.next); len(b) > 0 {
		s.next += int64(len(b))
		return Part{Data: b}, true
	}
	if b := s.doubted(); len(b) > 0 {
		s.next += int64(len(b))
		return Part{Data: b}, true
	}
	if s.finSeen && s.next >= s.fin {
		s.ended = true
		s.held.release()
		s.doubts.release()
		return Part{End: true}, true
	}
	if n := s.lacking(s.hole()); n > 0 {
		s.next += n
		return Part{Missing: n}, true
	}
	if s.flushing {
		s.doubts.release() // they are behind a hole, and nobody has acknowledged them
	}
	return Part{}, false
}
