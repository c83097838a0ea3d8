package session

import (
	"errors"
	"fmt"

	"anytls-inspect/protocol"
)

// headLimit is how many bytes of payload tell a stream's target at most: a SOCKS
// address, and the request or the first datagram's address of UDP over TCP.
const headLimit = 2*protocol.MaxAddress + 1

// addHead takes payload of the client while the target is not known. done says that
// the target is known now, or err that these bytes can't be one.
func (s *Stream) addHead(b []byte) (h head, done bool, err error) {
	s.head = append(s.head, b[:min(len(b), headLimit-len(s.head))]...)
	h, err = parseHead(s.head)
	if errors.Is(err, protocol.ErrShort) {
		return head{}, false, nil // headLimit bytes are never too short
	}
	s.head, s.headDone = nil, true
	if err != nil {
		return head{}, true, err
	}
	s.Target, s.UDP = protocol.Printable(h.target.String()), h.udp
	return h, true, nil
}

// A head is what a stream's payload begins with (section Proxy).
type head struct {
	target protocol.Address // of a UDP stream, where its first datagram goes
	udp    bool
	size   int // bytes of the target, and of the request that may follow it
	// addressed says that datagrams follow which begin with addresses, and that the
	// first address is not part of the head. In version 1 it is.
	addressed bool
}

// parseHead decodes a stream's target. For UDP over TCP it also decodes the request
// of version 2, or the first datagram's address of version 1.
func parseHead(b []byte) (h head, err error) {
	h.target, h.size, err = protocol.ParseTarget(b)
	if err != nil {
		return head{}, err
	}
	rest := b[h.size:]
	switch h.target.UoTVersion() {
	case 2:
		request, n, err := protocol.ParseUoTRequest(rest)
		if errors.Is(err, protocol.ErrAddressType) && (rest[1] == uotIPv4 || rest[1] == uotDomain) {
			return head{}, &mixedTablesError{"the request", rest[1], "datagrams"}
		}
		return head{request.Destination, true, h.size + n, !request.Connect}, err
	case 1:
		// The address is enough, and complete though the payload is not: a datagram may
		// be long.
		address, err := protocol.ParseDatagramAddress(rest)
		if errors.Is(err, protocol.ErrAddressType) && (rest[0] == socksDomain || rest[0] == socksIPv6) {
			return head{}, &mixedTablesError{"the first datagram", rest[0], "SOCKS"}
		}
		return head{target: address, udp: true, size: h.size}, err
	default:
		return h, nil
	}
}

// badHead diagnoses a stream whose payload does not begin with a target.
func (t *Tracker) badHead(id uint32, err error) {
	var mixed *mixedTablesError
	if errors.As(err, &mixed) {
		t.diagnose(CodeUoTAddressType, id, protocol.ClientToServer, mixed.Error())
		return
	}
	t.diagnose(CodeTargetMalformed, id, protocol.ClientToServer, err.Error())
}

// A mixedTablesError says that an address has a type of the other table.
type mixedTablesError struct {
	where string
	typ   byte
	table string // the table that has it
}

// Error implements [error].
func (e *mixedTablesError) Error() string {
	return fmt.Sprintf("the address in %s has type %d, which only the table of %s has", e.where, e.typ, e.table)
}
