package replay

import (
	"bytes"
	"container/list"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/ip4defrag"
	"github.com/gopacket/gopacket/ip6defrag"
	"github.com/gopacket/gopacket/layers"
)

const (
	// maxFragmentBytes bounds what fragments take up, in bytes, and maxDatagrams the packets
	// that wait for some. maxOfSource is how many of these one address may have sent: so none
	// pushes out those of all others.
	maxFragmentBytes = 4 << 20
	maxDatagrams     = 1024
	maxOfSource      = 64
	// fragmentCost and datagramCost are about what a fragment and a packet in fragments take
	// up beside the bytes, in bytes.
	fragmentCost = 512
	datagramCost = 1024
	// fragmentAge is how long a packet waits for its fragments, in nanoseconds of the capture's
	// time: twice as long as Linux does, since captures may be out of order.
	fragmentAge = int64(60 * time.Second)
	// fragmentHeader is the length of the fragment header of IPv6 in bytes.
	fragmentHeader = 8
)

// fragments puts IP packets together that came in fragments. gopacket's defragmenters do
// that for one packet each: they know of no bounds on all packets, and one of them ages by
// the clock and not by the capture. All memory is its own.
type fragments struct {
	datagrams map[datagramKey]*datagram
	oldest    list.List // of *datagram, by their first fragments
	ofSource  map[endpoint]int
	bytes     int // what all take up

	lost uint64 // fragments of TCP, or of what it may be in, whose others did not come
	cut  uint64 // fragments of which the capture has only a part
	size int    // of the longest of those, as far as it was captured
}

// A datagramKey says which fragments belong together. The ports are 0.
type datagramKey struct {
	from, to endpoint
	id       uint32
	protocol layers.IPProtocol // of IPv4: an IPv6 packet has one of each id
}

// A datagram is an IP packet of which some fragments have come.
type datagram struct {
	key     datagramKey
	at      int64 // of its first fragment in the capture
	n       uint64
	bytes   int  // what it takes up
	matters bool // its bytes are TCP's, or may be
	done    bool // it was put together: what comes now is the same once more
	v4      *ip4defrag.IPv4Defragmenter
	v6      *ip6defrag.IPv6Defragmenter
	place   *list.Element
}

func newFragments() *fragments {
	return &fragments{datagrams: make(map[datagramKey]*datagram), ofSource: make(map[endpoint]int)}
}

// ipv4 takes a fragment of an IPv4 packet, whose payload was left bytes long on the wire.
// It returns the whole packet's payload where this was the last that it lacked, else nil.
func (f *fragments) ipv4(ip *layers.IPv4, left int, ends *path, at int64) []byte {
	if f.isCut(ip.Payload, left) {
		return nil
	}
	key := keyOf(ends, uint32(ip.Id), ip.Protocol)
	g := f.of(key, at)
	f.take(g, len(ip.Payload), ip.Protocol, ip.FragOffset == 0, ip.Payload)
	if g.v4 == nil {
		g.v4 = ip4defrag.NewIPv4Defragmenter()
	}
	in := &layers.IPv4{
		BaseLayer: layers.BaseLayer{Payload: bytes.Clone(ip.Payload)},
		Version:   ip.Version, IHL: ip.IHL, Length: ip.Length, Id: ip.Id, Flags: ip.Flags, FragOffset: ip.FragOffset,
		Protocol: ip.Protocol, SrcIP: bytes.Clone(ip.SrcIP), DstIP: bytes.Clone(ip.DstIP),
	}
	out, err := g.v4.DefragIPv4WithTimestamp(in, time.Unix(0, at))
	if err != nil || out == nil {
		f.bound(key.from)
		return nil
	}
	f.finish(g)
	return out.Payload
}

// ipv6 takes a fragment of an IPv6 packet: the fragment header and what is behind it, left
// bytes long on the wire. It returns the payload of the whole packet and its protocol where
// this was the last that it lacked, else nil.
func (f *fragments) ipv6(ip *layers.IPv6, b []byte, left int, ends *path, at int64) (next layers.IPProtocol, whole []byte) {
	var header layers.IPv6Fragment
	if f.isCut(b, left) || header.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return 0, nil
	}
	if header.FragmentOffset == 0 && !header.MoreFragments {
		return header.NextHeader, header.Payload // the whole in one (RFC 6946)
	}
	key := keyOf(ends, header.Identification, 0)
	g := f.of(key, at)
	f.take(g, len(b), header.NextHeader, header.FragmentOffset == 0, header.Payload)
	if g.v6 == nil {
		g.v6 = ip6defrag.NewIPv6Defragmenter()
	}
	header.Payload = bytes.Clone(header.Payload)
	in := &layers.IPv6{SrcIP: bytes.Clone(ip.SrcIP), DstIP: bytes.Clone(ip.DstIP)}
	out := g.v6.DefragIPv6(in, &header)
	if out == nil {
		f.bound(key.from)
		return 0, nil
	}
	f.finish(g)
	return out.NextHeader, out.Payload
}

// isCut counts a fragment of which the capture has only a part.
func (f *fragments) isCut(b []byte, left int) bool {
	if len(b) >= left {
		return false
	}
	f.cut++
	f.size = max(f.size, len(b))
	return true
}

// keyOf returns the key of a fragment.
func keyOf(ends *path, id uint32, protocol layers.IPProtocol) datagramKey {
	key := datagramKey{from: ends.from, to: ends.to, id: id, protocol: protocol}
	key.from.port, key.to.port = 0, 0
	return key
}

// of returns the packet with this key, after those that are too old are given up.
func (f *fragments) of(key datagramKey, at int64) *datagram {
	for e := f.oldest.Front(); e != nil; e = f.oldest.Front() {
		g := e.Value.(*datagram)
		if at-g.at <= fragmentAge {
			break
		}
		f.giveUp(g)
	}
	g := f.datagrams[key]
	if g == nil {
		g = &datagram{key: key, at: at, bytes: datagramCost}
		f.datagrams[key] = g
		g.place = f.oldest.PushBack(g)
		f.ofSource[key.from]++
		f.bytes += datagramCost
	}
	return g
}

// take counts a fragment of a packet. Whether its bytes may be TCP's, the first one tells of
// UDP, by its port.
func (f *fragments) take(g *datagram, n int, protocol layers.IPProtocol, isFirst bool, payload []byte) {
	g.n++
	g.bytes += n + fragmentCost
	f.bytes += n + fragmentCost
	switch protocol {
	case layers.IPProtocolTCP, layers.IPProtocolIPv4, layers.IPProtocolIPv6, layers.IPProtocolGRE, layers.IPProtocolMPLSInIP:
		g.matters = true
	case layers.IPProtocolUDP:
		g.matters = g.matters || isFirst && isTunneled(payload)
	}
}

// finish notes that a packet was put together. It stays known, so that the same fragments
// in the capture once more are not missed any others.
func (f *fragments) finish(g *datagram) {
	f.bytes -= g.bytes - datagramCost
	g.bytes, g.n, g.done, g.v4, g.v6 = datagramCost, 0, true, nil, nil
	f.bound(g.key.from)
}

// bound gives up the oldest packets where there are too many, in all or of a source.
func (f *fragments) bound(source endpoint) {
	for f.bytes > maxFragmentBytes || f.oldest.Len() > maxDatagrams {
		f.giveUp(f.oldest.Front().Value.(*datagram))
	}
	for e := f.oldest.Front(); e != nil && f.ofSource[source] > maxOfSource; {
		g := e.Value.(*datagram)
		e = e.Next()
		if g.key.from == source {
			f.giveUp(g)
		}
	}
}

// giveUp forgets a packet. Its fragments are lost.
func (f *fragments) giveUp(g *datagram) {
	f.lost += g.missed()
	f.bytes -= g.bytes
	f.oldest.Remove(g.place)
	delete(f.datagrams, g.key)
	if f.ofSource[g.key.from]--; f.ofSource[g.key.from] == 0 {
		delete(f.ofSource, g.key.from)
	}
}

// missed returns how many fragments of TCP a packet is given up with.
func (g *datagram) missed() uint64 {
	if !g.matters || g.done {
		return 0
	}
	return g.n
}

// waiting returns how many fragments of TCP wait for others, or did in vain.
func (f *fragments) waiting() uint64 {
	n := f.lost
	for e := f.oldest.Front(); e != nil; e = e.Next() {
		n += e.Value.(*datagram).missed()
	}
	return n
}
