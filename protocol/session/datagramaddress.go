package session

import (
	"encoding/binary"
	"fmt"

	"anytls-inspect/protocol"
)

// A uotHead looks at the first datagram that a side sends on a stream of UDP over
// TCP whose datagrams carry addresses. Their table of address types is not that of
// SOCKS, and some implementations mix the two up.
type uotHead struct {
	expected bool // the next payload begins with a datagram
	have     int  // bytes of the datagram in buf
	first    int  // bytes of the datagram in the PSH that it begins in
	buf      [datagramHead]byte
}

// The types of SOCKS addresses, and those of datagrams. Type 1 is in both tables:
// in that of SOCKS it is IPv4.
const (
	socksDomain, socksIPv6      = 3, 4
	uotIPv4, uotIPv6, uotDomain = 0, 1, 2
)

// datagramHead is how many bytes of a datagram tell the two tables apart at most:
// its IPv6 address, port and length.
const datagramHead = 1 + 16 + 2 + 2

// A uotFault is what is wrong with a datagram's address.
type uotFault uint8

const (
	uotFine    uotFault = iota
	uotSOCKS3           // its type is 3, which only the table of SOCKS has
	uotSOCKS4           // its type is 4, likewise
	uotSOCKSv4          // its type is 1, and its length that of an address of SOCKS
)

func (f uotFault) text() string {
	if f == uotSOCKSv4 {
		return "a datagram's address has type 1, and is an IPv4 address, as in the table of SOCKS: here type 1 is IPv6"
	}
	typ := socksDomain
	if f == uotSOCKS4 {
		typ = socksIPv6
	}
	return fmt.Sprintf("a datagram's address has type %d, which only the table of SOCKS has", typ)
}

// expectDatagrams notes that datagrams follow the request which data of a PSH completed
// with its first used bytes.
func (s *Stream) expectDatagrams(push *push, h protocol.Header, data []byte, used int) {
	s.uot = &protocol.ByDirection[uotHead]{{expected: true}, {expected: true}}
	s.uot[protocol.ClientToServer].add(push, h, data, used)
}

// add takes data of a PSH. Its first used bytes belong to what came before the
// datagram.
func (u *uotHead) add(push *push, h protocol.Header, data []byte, used int) {
	if !u.expected || len(data) == used {
		return
	}
	if u.have == 0 {
		u.first = int(h.Length) - int(push.at) - used
	}
	u.have += copy(u.buf[u.have:], data[used:])
	if fault, done := u.judge(); done {
		u.expected = false
		if fault != uotFine {
			push.show().uot = fault
		}
	}
}

// judge says what is wrong with the datagram's address. done is false while too
// little of the datagram has come.
func (u *uotHead) judge() (fault uotFault, done bool) {
	switch u.buf[0] {
	case socksDomain:
		return uotSOCKS3, true
	case socksIPv6:
		return uotSOCKS4, true
	case uotIPv6: // or IPv4, from the table of SOCKS
	default:
		return uotFine, true // as it should be, or no address at all
	}
	if u.have < min(datagramHead, u.first) {
		return uotFine, false
	}
	// Known implementations send one datagram in one PSH. So only one of the two
	// readings gives its length.
	const ipv4Head = 1 + 4 + 2 + 2
	length := func(head int) int {
		if u.have < head {
			return -1
		}
		return head + int(binary.BigEndian.Uint16(u.buf[head-2:head]))
	}
	if length(ipv4Head) == u.first && length(datagramHead) != u.first {
		return uotSOCKSv4, true
	}
	return uotFine, true
}
