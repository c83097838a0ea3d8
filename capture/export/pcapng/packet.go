package pcapng

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// The lengths of headers, in bytes: those of IPv4 (RFC 791), IPv6 (RFC 8200) and TCP
// (RFC 9293, section 3.1).
const (
	ethernetLen = 14
	ipv4Len     = 20
	ipv6Len     = 40
	tcpLen      = 20
	optionsLen  = 8 // of a SYN
)

// maxSegment is the most payload of a packet, in bytes: as much as on Linux's loopback,
// so that the IP header can state its length.
const maxSegment = 65476

// packetOverhead is the most by which a block is longer than the payload and the comment
// in it, in bytes.
const packetOverhead = blockOverhead + 20 + ethernetLen + ipv6Len + tcpLen + optionsLen + 16

// windowShift scales the window that every packet announces (RFC 7323, section 2) to
// 8 MiB: more than is ever without an acknowledgement.
const windowShift = 7

// The control bits of the TCP header (RFC 9293, section 3.1).
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// An end is one end of a connection.
type end struct {
	addr netip.AddrPort
	mac  byte   // the last byte of its made-up Ethernet address
	next uint32 // the sequence number of what it sends next
	owed int    // how many packets of the other end it has not acknowledged
	fin  bool   // it has ended its stream
	bare uint32 // how many packets of its own had nothing but a comment
}

// acknowledges returns what a packet of one end acknowledges of the other. Where all is acknowledged
// already and the packet is there for its comment, another acknowledgement of it would say that a
// packet is lost (RFC 5681, section 3.2). An older one, of one byte less or two by turns, says
// nothing.
func (e *end) acknowledges(other *end, flags byte, payload []byte) uint32 {
	switch {
	case flags&flagACK == 0:
		return 0
	case flags == flagACK && len(payload) == 0 && e.owed == 0:
		e.bare++
		return other.next - 1 - e.bare%2
	default:
		return other.next
	}
}

// appendPacket appends the block of a packet from one end of a connection to the other,
// and advances the sender's sequence number.
func appendPacket(b []byte, iface uint32, at time.Time, from, to *end, flags byte, payload []byte, comment string) []byte {
	options := 0
	if flags&flagSYN != 0 {
		options = optionsLen
	}
	ipLen := ipv6Len
	if from.addr.Addr().Is4() {
		ipLen = ipv4Len
	}
	segment := tcpLen + options + len(payload)
	start := len(b)
	b = beginPacket(b, iface, at, ethernetLen+ipLen+segment)
	b = appendEthernet(b, from, to)
	var pseudo uint64
	if ipLen == ipv4Len {
		b, pseudo = appendIPv4(b, from.addr.Addr().As4(), to.addr.Addr().As4(), segment)
	} else {
		b, pseudo = appendIPv6(b, from.addr.Addr().As16(), to.addr.Addr().As16(), segment)
	}
	tcp := len(b)
	b = appendTCP(b, from, to, flags, from.acknowledges(to, flags, payload))
	b = append(b, payload...)
	binary.BigEndian.PutUint16(b[tcp+16:], checksum(b[tcp:], pseudo))

	from.next += uint32(len(payload))
	if flags&(flagSYN|flagFIN) != 0 {
		from.next++
	}
	from.owed = 0
	if len(payload) > 0 || flags&(flagSYN|flagFIN) != 0 {
		to.owed++
	}
	return endPacket(b, start, comment)
}

func appendEthernet(b []byte, from, to *end) []byte {
	b = append(b, 2, 0, 0, 0, 0, to.mac) // 2 marks a locally administered address
	b = append(b, 2, 0, 0, 0, 0, from.mac)
	if from.addr.Addr().Is4() {
		return append(b, 0x08, 0x00)
	}
	return append(b, 0x86, 0xdd)
}

const (
	hopLimit    = 64
	protocolTCP = 6
)

// appendIPv4 appends a header. It also returns the sum of TCP's pseudo-header.
func appendIPv4(b []byte, from, to [4]byte, segment int) (out []byte, pseudo uint64) {
	start := len(b)
	b = append(b, 0x45, 0) // without options
	b = binary.BigEndian.AppendUint16(b, uint16(ipv4Len+segment))
	b = append(b, 0, 0, 0x40, 0, hopLimit, protocolTCP, 0, 0) // no fragment
	b = append(append(b, from[:]...), to[:]...)
	binary.BigEndian.PutUint16(b[start+10:], checksum(b[start:], 0))
	return b, sum(b[start+12:], pseudoSum(segment))
}

// appendIPv6 is appendIPv4 for IPv6.
func appendIPv6(b []byte, from, to [16]byte, segment int) (out []byte, pseudo uint64) {
	start := len(b)
	b = append(b, 0x60, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(segment))
	b = append(b, protocolTCP, hopLimit)
	b = append(append(b, from[:]...), to[:]...)
	return b, sum(b[start+8:], pseudoSum(segment))
}

// appendTCP appends a header with a checksum of zero.
func appendTCP(b []byte, from, to *end, flags byte, ack uint32) []byte {
	b = binary.BigEndian.AppendUint16(b, from.addr.Port())
	b = binary.BigEndian.AppendUint16(b, to.addr.Port())
	b = binary.BigEndian.AppendUint32(b, from.next)
	b = binary.BigEndian.AppendUint32(b, ack)
	words := tcpLen / 4
	if flags&flagSYN != 0 {
		words += optionsLen / 4
	}
	b = append(b, byte(words<<4), flags, 0xff, 0xff, 0, 0, 0, 0) // window, checksum, urgent
	if flags&flagSYN != 0 {
		b = append(b, 2, 4, maxSegment>>8, maxSegment&0xff) // the largest segment
		b = append(b, 1, 3, 3, windowShift)
	}
	return b
}
