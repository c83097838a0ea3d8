package protocol

import "encoding/binary"

// A stream whose target has one of these hosts carries datagrams: UDP over TCP
// (section Proxy).
const (
	UoTHost       = "sp.v2.udp-over-tcp.arpa" // version 2
	UoTLegacyHost = "sp.udp-over-tcp.arpa"    // version 1
)

// UoTVersion returns the version of UDP over TCP that a stream with this target
// speaks: 2 or 1. It is 0 for a stream that carries no datagrams.
func (a Address) UoTVersion() int {
	switch a.Host {
	case UoTHost:
		return 2
	case UoTLegacyHost:
		return 1
	default:
		return 0
	}
}

// A UoTRequest follows the target of a stream that speaks UDP over TCP, version 2.
// Connect says that all datagrams go to Destination and carry no address of their
// own.
type UoTRequest struct {
	Connect     bool
	Destination Address
}

// ParseUoTRequest decodes the request at the start of b. It returns the request
// and its length in bytes, and fails with [ErrShort] or [ErrAddressType].
func ParseUoTRequest(b []byte) (UoTRequest, int, error) {
	if len(b) == 0 {
		return UoTRequest{}, 0, ErrShort
	}
	dst, n, err := ParseTarget(b[1:])
	if err != nil {
		return UoTRequest{}, 0, err
	}
	return UoTRequest{Connect: b[0] != 0, Destination: dst}, 1 + n, nil
}

// Append appends the wire form of r to dst and returns the extended slice. It
// fails with [ErrHostTooLong], and returns dst unchanged then.
func (r UoTRequest) Append(dst []byte) ([]byte, error) {
	var connect byte
	if r.Connect {
		connect = 1
	}
	extended, err := AppendTarget(append(dst, connect), r.Destination)
	if err != nil {
		return dst, err
	}
	return extended, nil
}

// A Datagram is one UDP packet inside a stream. Address is where it goes, in the
// server's direction where it came from, and zero in a connected stream. Payload
// of a decoded datagram aliases the input.
type Datagram struct {
	Address Address
	Payload []byte
}

// ParseDatagram decodes the datagram at the start of b. It returns the datagram
// and its length in bytes, and fails with [ErrShort] or [ErrAddressType]. In a
// stream that is not connected, as all of version 1 are, the datagram begins with
// an address, whose type bytes are 0 for IPv4, 1 for IPv6, 2 for a domain.
func ParseDatagram(b []byte, connected bool) (Datagram, int, error) {
	var (
		d   Datagram
		n   int
		err error
	)
	if !connected {
		if d.Address, n, err = uotTypes().parse(b); err != nil {
			return Datagram{}, 0, err
		}
	}
	if len(b) < n+2 {
		return Datagram{}, 0, ErrShort
	}
	end := n + 2 + int(binary.BigEndian.Uint16(b[n:]))
	if len(b) < end {
		return Datagram{}, 0, ErrShort
	}
	d.Payload = b[n+2 : end : end]
	return d, end, nil
}

// ParseDatagramAddress decodes only the address of the datagram at the start of b,
// in a stream that is not connected. It fails with [ErrShort] or [ErrAddressType].
func ParseDatagramAddress(b []byte) (Address, error) {
	a, _, err := uotTypes().parse(b)
	return a, err
}

// AppendDatagram appends the wire form of d to dst and returns the extended slice.
// It fails with [ErrHostTooLong] or [ErrDataTooLong], and returns dst unchanged
// then.
func AppendDatagram(dst []byte, d Datagram, connected bool) ([]byte, error) {
	if len(d.Payload) > MaxData {
		return dst, ErrDataTooLong
	}
	if !connected {
		var err error
		if dst, err = uotTypes().append(dst, d.Address); err != nil {
			return dst, err
		}
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(d.Payload)))
	return append(dst, d.Payload...), nil
}
