package replay

import (
	"encoding/binary"
	"net/netip"
)

// An endpoint is address and port of one end of a TCP connection. An IPv4 address
// is mapped into IPv6. It consists of numbers, which are compared and hashed
// fastest.
type endpoint struct {
	high, low uint64 // of the address
	port      uint16
}

// setIPv4 sets the address to one of 4 bytes.
func (e *endpoint) setIPv4(addr []byte) {
	e.high, e.low = 0, 0xffff<<32|uint64(binary.BigEndian.Uint32(addr))
}

// setIPv6 sets the address to one of 16 bytes.
func (e *endpoint) setIPv6(addr []byte) {
	e.high, e.low = binary.BigEndian.Uint64(addr), binary.BigEndian.Uint64(addr[8:])
}

// String returns host:port.
func (e endpoint) String() string {
	var addr [16]byte
	binary.BigEndian.PutUint64(addr[:], e.high)
	binary.BigEndian.PutUint64(addr[8:], e.low)
	return netip.AddrPortFrom(netip.AddrFrom16(addr).Unmap(), e.port).String()
}

// before tells whether e stands before f in a flow's key.
func (e *endpoint) before(f *endpoint) bool {
	switch {
	case e.high != f.high:
		return e.high < f.high
	case e.low != f.low:
		return e.low < f.low
	default:
		return e.port < f.port
	}
}

// A path says where a packet comes from and where it goes.
type path struct{ from, to endpoint }

// slot returns a number that the paths of both directions have, and that the paths of many
// flows differ in.
func (p *path) slot() uint8 {
	n := p.from.port ^ p.to.port ^ uint16(p.from.low) ^ uint16(p.to.low)
	return uint8(n ^ n>>8)
}

// A flowKey is a pair of endpoints, in the order that before says.
type flowKey byEnd[endpoint]

// An end is one of the two endpoints of a connection: its place in the flow's key.
type end int8

const (
	// twoEnds is how many ends a connection has: range over it for each of them.
	twoEnds end = 2
	// unknownEnd is an end that is not known yet. It indexes nothing.
	unknownEnd end = -1
)

// other returns the other end.
func (e end) other() end { return 1 - e }

// byEnd holds something for each end. It is indexed with an end.
type byEnd[T any] [twoEnds]T

// sender returns which end of the flow a packet of this path comes from, unknownEnd where
// the packet is of another flow.
func (k *flowKey) sender(p *path) end {
	switch {
	case p.from == k[0] && p.to == k[1]:
		return 0
	case p.from == k[1] && p.to == k[0]:
		return 1
	default:
		return unknownEnd
	}
}

// key returns the key of the flow between the two endpoints, and which end of it
// from is.
func (p *path) key() (key flowKey, sender end) {
	if p.to.before(&p.from) {
		return flowKey{p.to, p.from}, 1
	}
	return flowKey{p.from, p.to}, 0
}
