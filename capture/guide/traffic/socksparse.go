package traffic

import (
	"errors"
	"io"
	"net/netip"

	"anytls-inspect/protocol"
)

// The numbers of RFC 1928.
const (
	version5     = 5
	noLogin      = 0
	udpAssociate = 3
	addrIPv4     = 1
)

var (
	errShort    = errors.New("it is too short")
	errReserved = errors.New("its reserved bytes are not zero")
	errFragment = errors.New("it is a fragment")
	errAddrType = errors.New("its type of address is unknown")
)

// readReply reads the reply to a command (RFC 1928, section 6).
func readReply(r io.Reader) (protocol.Address, error) {
	var head [3]byte
	// A refusal need not have an address.
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return protocol.Address{}, noReply(err)
	}
	switch {
	case head[0] != version5:
		return protocol.Address{}, &said{text: notSOCKS, of: talking}
	case head[1] != 0:
		return protocol.Address{}, &said{text: inboundSays + replyText(head[1]), of: replying}
	}
	if _, err := io.ReadFull(r, head[2:]); err != nil {
		return protocol.Address{}, noReply(err)
	}
	return readAddress(r)
}

// readAddress reads the address of a reply, and nothing of what follows it.
func readAddress(r io.Reader) (protocol.Address, error) {
	b := make([]byte, 0, protocol.MaxAddress)
	for {
		at, _, err := protocol.ParseTarget(b)
		switch {
		case err == nil:
			return at, nil
		case !errors.Is(err, protocol.ErrShort):
			return at, failed("the reply of the client's SOCKS inbound: %s", errAddrType)
		}
		b = b[:len(b)+1]
		if _, err := io.ReadFull(r, b[len(b)-1:]); err != nil {
			return at, noReply(err)
		}
	}
}

// parseDatagram parses a datagram from a SOCKS inbound (RFC 1928, section 7). A sender by name is
// none. The data is part of b.
func parseDatagram(b []byte) (from netip.AddrPort, data []byte, err error) {
	const head = 3 // what stands before the address
	switch {
	case len(b) < head:
		return from, nil, errShort
	case b[0] != 0 || b[1] != 0:
		return from, nil, errReserved
	case b[2] != 0:
		return from, nil, errFragment
	}
	at, n, err := protocol.ParseTarget(b[head:])
	switch {
	case errors.Is(err, protocol.ErrAddressType):
		return from, nil, errAddrType
	case err != nil:
		return from, nil, errShort
	}
	return numeric(at), b[head+n:], nil
}

// numeric returns an address that is no name; of a name it is the zero one.
func numeric(a protocol.Address) netip.AddrPort {
	ip, err := netip.ParseAddr(a.Host)
	if err != nil || ip.Zone() != "" {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap(), a.Port)
}
