package replay

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/pcapfile"
)

// A sorter gives packets to flows, and flows to workers. It numbers the sessions.
type sorter struct {
	decoder decoder
	flows   *flowTable
	workers []*worker
	leg     string // "client" or "server": the one to look at; empty: all
	last    capture.SessionID

	path  path // of the packet that is looked at
	count counts
	// Of the packet before, since the next one is often of the same:
	iface *pcapfile.Interface
	of    string // the leg that iface is of; empty: none
	flow  *flow
}

// counts are the packets of a capture, by what became of them.
type counts struct {
	all, tcp, fragments, incomplete, otherLeg uint64
	otherLinks                                map[uint16]uint64 // by link type
}

func newSorter(workers []*worker, leg string) *sorter {
	return &sorter{
		flows: newFlowTable(), workers: workers, leg: leg,
		count: counts{otherLinks: make(map[uint16]uint64)},
	}
}

// sort fills the batch's packets from its chunk.
func (s *sorter) sort(b *batch) {
	b.packets = b.packets[:0]
	for i := range b.chunk.Packets {
		s.packet(b, &b.chunk.Packets[i])
	}
}

func (s *sorter) packet(b *batch, p *pcapfile.Packet) {
	s.count.all++
	if p.Interface != s.iface {
		s.iface, s.of = p.Interface, legOf(p.Interface.Name)
	}
	if s.leg != "" && s.leg != s.of {
		s.count.otherLeg++
		return
	}
	q := b.extend()
	q.at, q.comment, q.end = p.Time, p.Comment, ""
	switch s.decoder.decode(p, &s.path, q) {
	case isTCP:
		s.count.tcp++
		if s.assign(b, q) {
			return
		}
	case fragment:
		s.count.fragments++
	case incomplete:
		s.count.incomplete++
	case otherLink:
		s.count.otherLinks[p.Interface.LinkType]++
	case otherKind:
	}
	b.packets = b.packets[:len(b.packets)-1]
}

// assign gives the last packet of the batch, q, to its flow. It reports false
// where it is none of a flow's.
func (s *sorter) assign(b *batch, q *packet) bool {
	key, sender := s.path.key()
	q.sender = sender
	f := s.flow
	if f == nil || f.key != key {
		f = s.flows.flows[key]
	}
	if f != nil && f.isOther(q) {
		q = s.drop(b, f, q, reasonPortReused)
		f = nil
	}
	switch {
	case f != nil:
		s.flows.touch(f, q)
	case q.segment.SYN || q.segment.Length > 0:
		f = s.open(key, q)
	default: // the last words of what went before the capture
		return false
	}
	s.flow = f
	q.conn, q.worker = f.conn, f.worker
	for f := s.flows.excess(); f != nil; f = s.flows.excess() {
		reason := reasonTooMany
		if f.ended {
			reason = reasonGone
		}
		q = s.drop(b, f, q, reason)
	}
	return true
}

// open begins a flow with its first packet.
func (s *sorter) open(key flowKey, first *packet) *flow {
	s.last++
	w := s.workers[int(s.last)%len(s.workers)]
	f := &flow{key: key, worker: w.index, conn: newConnection(s.last, w, key, first.at, s.of)}
	f.note(first)
	s.flows.add(f)
	return f
}

// drop ends a flow of which no more packets are looked at, before the last packet
// of the batch, q. It returns where that is now.
func (s *sorter) drop(b *batch, f *flow, q *packet, reason string) *packet {
	s.flows.remove(f)
	if s.flow == f {
		s.flow = nil
	}
	last := *q
	*q = packet{conn: f.conn, worker: f.worker, at: q.at, end: reason}
	b.packets = append(b.packets, last)
	return &b.packets[len(b.packets)-1]
}

// warnings says what of the capture was not looked at. whole says that it could
// be read to its end.
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

// legOf returns which leg of a relay an interface of that name is, as its recorder
// calls them: "client", "server", or nothing.
func legOf(name string) string {
	if leg, ok := strings.CutSuffix(name, " leg"); ok && (leg == "client" || leg == "server") {
		return leg
	}
	return ""
}
