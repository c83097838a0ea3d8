package replay

import (
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/pcapfile"
)

// A sorter is the sort stage: it gives packets to flows, and flows to workers, and
// numbers the sessions.
type sorter struct {
	decoder decoder
	flows   *flowTable
	workers []*worker
	leg     capture.Leg       // the only one to look at; NoLeg stands for all packets
	opened  int64             // how many flows there ever were
	last    capture.SessionID // the newest
	now     int64             // the time of the last TCP packet
	sums    bool              // all checksums are looked at

	path  path  // of the packet that is looked at
	place place // of the next packet in the batch
	count counts
	pairs pairs
	// Of the packet before, since the next one often has the same:
	iface *pcapfile.Interface
	of    capture.Leg // the leg that iface is of
}

// newSorter returns a sorter for these workers.
func newSorter(workers []*worker, leg capture.Leg) *sorter {
	return &sorter{
		decoder: newDecoder(), flows: newFlowTable(), workers: workers, leg: leg,
		count: counts{others: make(map[kind]uint64)}, pairs: newPairs(),
	}
}

// sort gives the packets of the batch's chunk to its parts.
func (s *sorter) sort(b *batch) {
	for _, p := range b.parts {
		p.packets = p.packets[:0]
	}
	b.at, s.place = 0, 0
	b.slots = slices.Grow(b.slots[:0], len(b.chunk.Packets))[:len(b.chunk.Packets)]
	for i := range b.chunk.Packets {
		s.packet(b, &b.chunk.Packets[i], &b.slots[i])
	}
	if b.last {
		s.end(b)
	}
}

// end ends the flows that are neither sessions yet, nor probes.
func (s *sorter) end(b *batch) {
	for _, f := range s.flows.live.inOrder() {
		if f.session == 0 && f.isOpen() {
			s.hand(b, f, &packet{at: s.now, id: s.number(f), end: b.ending})
		}
	}
}

// number makes a flow the next session.
func (s *sorter) number(f *flow) capture.SessionID {
	f.session = s.pairs.number(f.recorded, s.last)
	s.last = max(s.last, f.session)
	return f.session
}

// packet takes the next packet of a batch, and decodes it to q, its slot.
func (s *sorter) packet(b *batch, p *pcapfile.Packet, q *packet) {
	s.count.all++
	if p.Interface != s.iface {
		s.iface, s.of = p.Interface, capture.LegOfInterface(p.Interface.Name)
	}
	if s.leg != capture.NoLeg && s.leg != s.of {
		s.count.otherLeg++
		s.count.legs = s.count.legs || s.of != capture.NoLeg
		return
	}
	switch s.decoder.decode(p, &s.path, q) {
	case isTCP:
		s.count.tcp++
		if q.segment.Length > len(q.segment.Payload) {
			s.count.lacks(len(p.Data), p.Length)
		}
		q.at, q.comment = p.Time, p.Comment
		s.assign(b, q)
	case isFragment: // the decoder counts them
	case isCut:
		s.count.cutHeaders++
	case isDamaged:
		s.count.damaged++
	case isOther:
		s.count.leaveOut(s.decoder.other)
	}
}

// assign gives a TCP packet to its flow. One that belongs to no flow, and begins
// none, is left out.
func (s *sorter) assign(b *batch, q *packet) {
	var f *flow
	f, q.sender = s.flows.find(&s.path)
	if f != nil && s.doubts(f, q) && (q.isRST || q.segment.SYN) {
		s.count.forged++ // its receiver drops it, so that it neither ends nor begins anything
		return
	}
	if f != nil && f.isOther(q) {
		s.drop(b, f, q.at, reasonPortReused)
		f = nil
	}
	switch {
	case f != nil:
		s.flows.touch(f, q)
	case q.segment.SYN || q.segment.Length > 0:
		f = s.open(q)
		s.doubts(f, q)
	default: // the end of a connection of before the capture
		return
	}
	for f := s.flows.excess(); f != nil; f = s.flows.excess() {
		reason := reasonTooMany
		if f.ended {
			reason = reasonGone
		}
		s.drop(b, f, q.at, reason)
	}
	b.at, s.now = q.at, q.at
	if f.leg && q.segment.SYN && q.isACK {
		s.pairs.hear(q.comment)
	}
	q.id, q.carried = 0, f.carried
	if f.session == 0 && f.isSession(q) {
		q.id = s.number(f)
	}
	s.hand(b, f, q)
}

// doubts judges the checksum of a packet, where that is worth while.
func (s *sorter) doubts(f *flow, q *packet) bool {
	if sum, sums := s.decoder.sum, &f.sums[q.sender]; sums.look(&q.segment, s.sums || q.isRST || q.segment.SYN) && sum != nil {
		q.segment.Doubtful = sums.doubts(&s.path, sum)
	}
	return q.segment.Doubtful
}

// hand gives the worker of a flow something to do.
func (s *sorter) hand(b *batch, f *flow, q *packet) {
	q.conn, q.place = f.conn, s.place
	s.place++
	p := b.parts[f.worker]
	p.packets = append(p.packets, q)
}

// open begins a flow with its first packet.
func (s *sorter) open(first *packet) *flow {
	key, _ := s.path.key()
	s.opened++
	w := s.workers[int(s.opened%int64(len(s.workers)))]
	f := &flow{key: key, serial: s.opened, leg: s.of != capture.NoLeg}
	client := s.pairs.pair(f, s.of, first)
	if s.leg != capture.NoLeg {
		client = nil
	}
	if client != nil {
		w = s.workers[client.worker]
	}
	f.worker, f.conn = w.index, newConnection(s.opened, w, key, first.at, s.of)
	switch {
	case client != nil:
		f.session, f.conn.id, f.conn.joint = client.session, client.session, client.joint
	case f.recorded != 0 && s.leg == capture.NoLeg && s.of == capture.ClientLeg:
		f.joint = newJoint(&w.room, w.emit)
		f.conn.joint = f.joint
	}
	f.note(first)
	s.flows.add(f)
	return f
}

// drop ends a flow of which no more packets are looked at.
func (s *sorter) drop(b *batch, f *flow, at int64, reason string) {
	s.flows.remove(f)
	s.pairs.forget(f)
	q := &packet{at: at, end: reason}
	if f.session == 0 && f.isOpen() {
		q.id = s.number(f)
	}
	s.hand(b, f, q)
}
