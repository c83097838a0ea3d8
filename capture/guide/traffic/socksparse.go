package traffic

import (
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
)

// A socksAddr is an address in a SOCKS message. One by name has no ip.
type socksAddr struct {
	ip   netip.Addr
	port uint16
}

var (
	errShort    = errors.New("it is too short")
	errReserved = errors.New("its reserved bytes are not zero")
	errFragment = errors.New("it is a fragment")
	errAddrType = errors.New("its type of address is unknown")
)

// readReply reads the reply to a command (RFC 1928, section 6).
func readReply(r io.Reader) (socksAddr, error) {
	// All replies have at least one byte of an address, and the length of a name is there.
	b := make([]byte, 5, 5+255+2)
	if _, err := io.ReadFull(r, b); err != nil {
		// A refusal need not have an address.
		if b[0] != version5 || b[1] == 0 {
			return socksAddr{}, noReply(err)
		}
	}
	switch {
	case b[0] != version5:
		return socksAddr{}, &said{text: notSOCKS, of: talking}
	case b[1] != 0:
		return socksAddr{}, &said{text: inboundSays + replyText(b[1]), of: replying}
	}
	length, err := addrLength(b[3], b[4])
	if err != nil {
		return socksAddr{}, failed("the reply of the client's SOCKS inbound: %s", err)
	}
	b = b[:4+length]
	if _, err := io.ReadFull(r, b[5:]); err != nil {
		return socksAddr{}, noReply(err)
	}
	at, _, err := parseAddr(b[3], b[4:])
	return at, err
}

// addrLength returns the length of an address and its port, by its type and its first byte.
func addrLength(kind, first byte) (int, error) {
	switch kind {
	case addrIPv4:
		return 4 + 2, nil
	case addrIPv6:
		return 16 + 2, nil
	case addrName:
		return 1 + int(first) + 2, nil
	}
	return 0, errAddrType
}

// parseAddr parses an address of a type and its port, and returns what follows.
func parseAddr(kind byte, b []byte) (socksAddr, []byte, error) {
	if len(b) == 0 {
		return socksAddr{}, nil, errShort
	}
	length, err := addrLength(kind, b[0])
	if err != nil {
		return socksAddr{}, nil, err
	}
	if len(b) < length {
		return socksAddr{}, nil, errShort
	}
	at := socksAddr{port: binary.BigEndian.Uint16(b[length-2:])}
	if kind != addrName {
		at.ip, _ = netip.AddrFromSlice(b[:length-2]) // of 4 or 16 bytes
		at.ip = at.ip.Unmap()
	}
	return at, b[length:], nil
}

// parseDatagram parses a datagram from a SOCKS inbound (RFC 1928, section 7). A sender by name is
// none. The data is part of b.
func parseDatagram(b []byte) (from netip.AddrPort, data []byte, err error) {
	switch {
	case len(b) < 4:
		return from, nil, errShort
	case b[0] != 0 || b[1] != 0:
		return from, nil, errReserved
	case b[2] != 0:
		return from, nil, errFragment
	}
	at, data, err := parseAddr(b[3], b[4:])
	if err != nil {
		return from, nil, err
	}
	if at.ip.IsValid() {
		from = netip.AddrPortFrom(at.ip, at.port)
	}
	return from, data, nil
}
