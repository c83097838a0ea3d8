package session

import (
	"errors"
	"fmt"

	"anytls-inspect/protocol"
)

// headLimit is the most payload that can be needed to tell a stream's target: a
// SOCKS address, and the request or first datagram's address of UDP-over-TCP.
const headLimit = 2*protocol.MaxAddress + 1

// addHead takes payload of the client while the target is not known. done says
// that it is known now; err that these bytes can't be a target.
func (s *Stream) addHead(b []byte) (h head, done bool, err error) {
	s.head = append(s.head, b[:min(len(b), headLimit-len(s.head))]...)
	h, err = parseHead(s.head)
	if errors.Is(err, protocol.ErrShort) {
		return head{}, false, nil // as much as headLimit is never too short
	}
	s.head, s.noHead = nil, true
	if err != nil {
		return head{}, true, err
	}
	s.Target, s.UDP = protocol.Printable(h.target.String()), h.udp
	return h, true, nil
}

// A head is what a stream's payload begins with.
type head struct {
	target protocol.Address // of a UDP stream the first datagram's
	udp    bool
	size   int // of the target, and of the request that may follow it, in bytes
	// addressed says that datagrams with addresses of their own follow. Those of
	// version 1 are not meant: the first one's address was parsed already.
	addressed bool
}

// parseHead decodes a stream's target, and for UDP-over-TCP the first address
// that follows it.
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
		// The datagram itself may be long: its address is enough, and it is
		// complete where only the payload is short.
		address, err := protocol.ParseDatagramAddress(rest)
		if errors.Is(err, protocol.ErrAddressType) && (rest[0] == socksDomain || rest[0] == socksIPv6) {
			return head{}, &mixedTablesError{"the first datagram", rest[0], "SOCKS"}
		}
		return head{target: address, udp: true, size: h.size}, err
	default:
		return h, nil
	}
}

// badHead reports a stream whose payload does not begin with its target.
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
	table string // that has it
}

func (e *mixedTablesError) Error() string {
	return fmt.Sprintf("the address in %s has type %d, which only the table of %s has", e.where, e.typ, e.table)
}
