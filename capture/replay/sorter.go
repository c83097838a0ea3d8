package replay

import (
	"fmt"
	"maps"
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

	path    path // of the packet that is looked at
	decoded packet
	place   place // of the next packet in the batch
	count   counts
	pairs   pairs
	// Those of the packet before, since the next one often has the same:
	iface *pcapfile.Interface
	of    capture.Leg // the leg that iface is of
	flow  *flow
}

// counts say how many packets of a capture had which outcome.
type counts struct {
	all, tcp, fragments, incomplete, otherLeg uint64
	otherLinks                                map[uint16]uint64 // by link type
}

// newSorter returns a sorter for these workers.
func newSorter(workers []*worker, leg capture.Leg) *sorter {
	return &sorter{
		flows: newFlowTable(), workers: workers, leg: leg,
		count: counts{otherLinks: make(map[uint16]uint64)}, pairs: newPairs(),
	}
}

// sort gives the packets of the batch's chunk to its parts.
func (s *sorter) sort(b *batch) {
	for _, p := range b.parts {
		p.packets = p.packets[:0]
	}
	b.at, s.place = 0, 0
	for i := range b.chunk.Packets {
		s.packet(b, &b.chunk.Packets[i])
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

// packet takes the next packet of a batch.
func (s *sorter) packet(b *batch, p *pcapfile.Packet) {
	s.count.all++
	if p.Interface != s.iface {
		s.iface, s.of = p.Interface, capture.LegOfInterface(p.Interface.Name)
	}
	if s.leg != capture.NoLeg && s.leg != s.of {
		s.count.otherLeg++
		return
	}
	switch s.decoder.decode(p, &s.path, &s.decoded) {
	case isTCP:
		s.count.tcp++
		s.decoded.at, s.decoded.comment = p.Time, p.Comment
		s.assign(b, &s.decoded)
	case fragment:
		s.count.fragments++
	case incomplete:
		s.count.incomplete++
	case otherLink:
		s.count.otherLinks[p.Interface.LinkType]++
	case otherKind:
	}
}

// assign gives a TCP packet to its flow. One that belongs to no flow, and begins
// none, is left out.
func (s *sorter) assign(b *batch, q *packet) {
	key, sender := s.path.key()
	q.sender = sender
	f := s.flow
	if f == nil || f.key != key {
		f = s.flows.flows[key]
	}
	if f != nil && f.isOther(q) {
		s.drop(b, f, q.at, reasonPortReused)
		f = nil
	}
	switch {
	case f != nil:
		s.flows.touch(f, q)
	case q.segment.SYN || q.segment.Length > 0:
		f = s.open(key, q)
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
	s.flow, b.at, s.now = f, q.at, q.at
	if f.leg && q.segment.SYN && q.isACK {
		s.pairs.hear(q.comment)
	}
	q.id, q.carried = 0, f.carried
	if f.session == 0 && f.isSession(q) {
		q.id = s.number(f)
	}
	s.hand(b, f, q)
}

// hand gives the worker of a flow something to do.
func (s *sorter) hand(b *batch, f *flow, q *packet) {
	q.conn, q.place = f.conn, s.place
	s.place++
	p := b.parts[f.worker]
	p.packets = append(p.packets, *q)
}

// open begins a flow with its first packet.
func (s *sorter) open(key flowKey, first *packet) *flow {
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
	if s.flow == f {
		s.flow = nil
	}
	q := &packet{at: at, end: reason}
	if f.session == 0 && f.isOpen() {
		q.id = s.number(f)
	}
	s.hand(b, f, q)
}

// warnings says what of the capture was left out. whole says that it was read to
// its end.
func (s *sorter) warnings(whole bool) (warnings []string) {
	c := &s.count
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	if c.fragments > 0 {
		warn("%d IP fragments were left out: fragments are not put together, so the bytes in them are missing", c.fragments)
	}
	if c.incomplete > 0 {
		warn("%d packets were left out: their headers are cut or damaged; capture with a longer snap length (tcpdump -s 0)", c.incomplete)
	}
	for _, link := range slices.Sorted(maps.Keys(c.otherLinks)) {
		warn("%d packets were left out: link type %d is not read; read are Ethernet, Linux cooked (any), BSD loopback and raw IP", c.otherLinks[link], link)
	}
	switch {
	case c.otherLeg > 0 && c.otherLeg == c.all:
		warn("no packet is of the %s leg: only recordings of the relay have legs", s.leg)
	case c.all > 0 && c.tcp == 0:
		warn("none of the %d packets is TCP", c.all)
	case c.all == 0 && whole:
		warn("there are no packets in the capture")
	}
	return warnings
}
