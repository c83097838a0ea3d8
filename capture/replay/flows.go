package replay

import (
	"cmp"
	"slices"

	"anytls-inspect/capture"
)

const (
	// maxFlows is how many connections are followed at once. maxEnded is how many
	// that have ended are remembered, so that their last packets do not look like
	// other connections.
	maxFlows = 1 << 14
	maxEnded = 1 << 10
	// nearby is how far apart two sequence numbers of a connection that has just
	// begun may be.
	nearby = 1 << 20
)

// A flow is what the sorter knows of a connection: enough to tell its packets from
// those of the next connection between the same endpoints.
type flow struct {
	key    flowKey
	conn   *connection
	worker int

	// Of the packets of each end.
	seen, syn, fin byEnd[bool]
	first          byEnd[uint32] // sequence number of the first packet
	acks           byEnd[bool]   // that acknowledges something
	acked          byEnd[uint32] // and what
	isn            byEnd[uint32] // of the SYN
	ended          bool          // both ends sent FIN, or one RST

	serial  int64             // the flows' number, by their first packets
	session capture.SessionID // 0 until it is one: see isSession
	leg     bool              // it is one of a recording of the relay, which has no probes
	// Of a leg:
	recorded capture.SessionID // its session's number in the recording; 0 where that has none
	joint    *joint            // of a client's leg; the workers' own
	stood    bool              // the connection did: more than a SYN, and a RST, was seen
	carried  bool              // it carried payload, or numbers behind payload that the capture lacks
	start    byEnd[uint32]     // sequence number of the first byte
	starts   byEnd[bool]       // start is set

	sums byEnd[sums] // of the packets of each end

	older, newer *flow // its neighbours in its list
}

// note notes what a packet says of the flow.
func (f *flow) note(p *packet) {
	s, sender := &p.segment, p.sender
	if !f.seen[sender] {
		f.seen[sender], f.first[sender] = true, s.Seq
		f.acks[sender], f.acked[sender] = p.isACK, p.ack
	}
	if s.SYN && !f.syn[sender] {
		f.syn[sender], f.isn[sender] = true, s.Seq
	}
	if s.SYN {
		f.start[sender], f.starts[sender] = s.Seq+1, true
	}
	if other := sender.other(); s.SYN && p.isACK && !f.starts[other] {
		f.start[other], f.starts[other] = p.ack, true
	}
	f.stood = f.stood || p.isACK && !p.isRST
	f.carried = f.carried || s.Length > 0 || !s.SYN && f.past(sender, s.Seq) || p.isACK && f.past(sender.other(), p.ack)
	f.fin[sender] = f.fin[sender] || s.FIN
	f.ended = f.ended || p.isRST || f.fin[0] && f.fin[1]
}

// isSession tells whether the connection is a session with a packet, which was noted: it
// carried something, or is refused. One that ends without is a probe.
func (f *flow) isSession(p *packet) bool { return f.leg || f.carried || p.isRST && !f.stood }

// past tells whether a number of an end's is past its first byte, and so past payload: it
// may be past a FIN.
func (f *flow) past(of end, seq uint32) bool {
	const fin = 1 // has a number of its own
	n := int32(seq - f.start[of])
	return f.starts[of] && n > fin && n <= nearby
}

// isOpen tells whether the connection has no end in the capture, so far.
func (f *flow) isOpen() bool { return !f.ended && !f.fin[0] && !f.fin[1] }

// isOther tells whether a packet begins another connection between the same
// endpoints: a SYN that is not this connection's, late or sent again; or, where the capture lacks
// that, its answer.
func (f *flow) isOther(p *packet) bool {
	seq, sender := p.segment.Seq, p.sender
	if !p.segment.SYN || p.isACK {
		return p.segment.SYN && (f.carried || f.ended) && f.syn[sender] && seq != f.isn[sender]
	}
	switch {
	case f.syn[sender]:
		return seq != f.isn[sender]
	case f.seen[sender]:
		return f.first[sender]-seq > nearby
	case f.answers(sender.other(), seq+1):
		return false
	default: // only the other end was seen: a SYN of it would be the answer to this one
		return !f.syn[sender.other()] || f.ended
	}
}

// answers tells whether what was seen of an end, which came first, answers packets of the other
// that begin with this sequence number.
func (f *flow) answers(e end, start uint32) bool {
	n := int32(f.acked[e] - start)
	return f.acks[e] && n >= 0 && n <= nearby
}

// A flowList is flows in the order of their last packets.
type flowList struct {
	root flow // its older neighbour is the newest flow, its newer one the oldest
	n    int
}

func (l *flowList) init() { l.root.older, l.root.newer = &l.root, &l.root }

func (l *flowList) add(f *flow) {
	f.older, f.newer = l.root.older, &l.root
	f.older.newer, l.root.older = f, f
	l.n++
}

func (l *flowList) remove(f *flow) {
	f.older.newer, f.newer.older = f.newer, f.older
	f.older, f.newer = nil, nil
	l.n--
}

func (l *flowList) isNewest(f *flow) bool { return l.root.older == f }

// oldest returns the flow that has had no packets for the longest, nil where there
// is none.
func (l *flowList) oldest() *flow {
	if l.n == 0 {
		return nil
	}
	return l.root.newer
}

// inOrder returns the flows by their serials.
func (l *flowList) inOrder() []*flow {
	flows := make([]*flow, 0, l.n)
	for f := l.root.newer; f != &l.root; f = f.newer {
		flows = append(flows, f)
	}
	slices.SortFunc(flows, func(a, b *flow) int { return cmp.Compare(a.serial, b.serial) })
	return flows
}

// A flowTable has the flows that are followed, and some that have ended.
type flowTable struct {
	flows       map[flowKey]*flow
	live, ended flowList
	recent      [256]*flow // those that were found last: see path.slot. A lookup in flows costs more
}

func newFlowTable() *flowTable {
	t := &flowTable{flows: make(map[flowKey]*flow)}
	t.live.init()
	t.ended.init()
	return t
}

// list returns the list that a flow is in, or has to be in.
func (t *flowTable) list(f *flow) *flowList {
	if f.ended {
		return &t.ended
	}
	return &t.live
}

// add puts a flow into the table, which it is not in.
func (t *flowTable) add(f *flow) {
	t.flows[f.key] = f
	t.list(f).add(f)
}

// find returns the flow of a path, nil where there is none, and which end of it sends.
func (t *flowTable) find(p *path) (f *flow, sender end) {
	recent := &t.recent[p.slot()]
	if f = *recent; f != nil {
		if sender = f.key.sender(p); sender != unknownEnd {
			return f, sender
		}
	}
	key, sender := p.key()
	if f = t.flows[key]; f != nil {
		*recent = f
	}
	return f, sender
}

// remove takes a flow out of the table.
func (t *flowTable) remove(f *flow) {
	if recent := &t.recent[(&path{f.key[0], f.key[1]}).slot()]; *recent == f {
		*recent = nil
	}
	delete(t.flows, f.key)
	t.list(f).remove(f)
}

// touch notes a packet of a flow, which so becomes the newest of its list.
func (t *flowTable) touch(f *flow, p *packet) {
	l := t.list(f)
	f.note(p)
	if to := t.list(f); to != l || !l.isNewest(f) {
		l.remove(f)
		to.add(f)
	}
}

// excess returns a flow that has to go, since there are too many; nil where there
// are not.
func (t *flowTable) excess() *flow {
	switch {
	case t.ended.n > maxEnded:
		return t.ended.oldest()
	case t.live.n > maxFlows:
		return t.live.oldest()
	default:
		return nil
	}
}
