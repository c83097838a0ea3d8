package protocol

import "encoding/binary"

// The hosts of a stream's target that ask for UDP-over-TCP instead of a
// connection.
const (
	UoTHost       = "sp.v2.udp-over-tcp.arpa"
	UoTLegacyHost = "sp.udp-over-tcp.arpa"
)

// UoTVersion returns the version of UDP-over-TCP that a stream with this target
// speaks: 2, 1, or 0 for none.
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

// A UoTRequest is what follows the target of a version 2 UDP-over-TCP stream.
// Connect says that all datagrams go to Destination and carry no address of
// their own.
type UoTRequest struct {
	Connect     bool
	Destination Address
}

// ParseUoTRequest decodes a request and returns how many bytes it took. It fails
// with [ErrShort] or [ErrAddressType].
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
// fails with [ErrHostTooLong], dst unchanged.
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

// A Datagram is one UDP packet inside a stream. Address is where it goes, or
// where it came from; it is zero in a connected stream. Payload aliases the
// input.
type Datagram struct {
	Address Address
	Payload []byte
}

// ParseDatagram decodes a datagram of a stream, connected or not (version 1 never
// is), and returns how many bytes it took. The address has type bytes of its
// own: 0 IPv4, 1 IPv6, 2 domain. It fails with [ErrShort] or [ErrAddressType].
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

// ParseDatagramAddress decodes only the address that a datagram of a stream that
// is not connected begins with. It fails with [ErrShort] or [ErrAddressType].
func ParseDatagramAddress(b []byte) (Address, error) {
	a, _, err := uotTypes().parse(b)
	return a, err
}

// AppendDatagram appends the wire form of d to dst and returns the extended
// slice. It fails with [ErrHostTooLong] or [ErrDataTooLong], dst unchanged.
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
