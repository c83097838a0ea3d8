package protocol

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// Errors of decoding and encoding an address.
var (
	// ErrShort says that more bytes are needed to decode what was begun.
	ErrShort = errors.New("protocol: address is cut short")
	// ErrAddressType says that the address has a type byte that its table does not
	// have. More bytes won't help.
	ErrAddressType = errors.New("protocol: unknown address type")
	// ErrHostTooLong says that a host name does not fit into an address on the wire.
	ErrHostTooLong = errors.New("protocol: host name longer than 255 bytes")
)

// MaxAddress is the longest wire form of an address, in bytes.
const MaxAddress = 1 + 1 + 255 + 2

// An Address is where a stream or a datagram goes (section Proxy). Host is an IP
// address in its usual text form, or a name as the peer sent it: see [Printable].
type Address struct {
	Host string
	Port uint16
}

// String returns host:port, with brackets around an IPv6 address.
func (a Address) String() string {
	port := strconv.Itoa(int(a.Port))
	if strings.Contains(a.Host, ":") {
		return "[" + a.Host + "]:" + port
	}
	return a.Host + ":" + port
}

// addressTypes is a table of type bytes. Streams use that of SOCKS5 (RFC 1928,
// section 5). The datagrams of UDP over TCP have another. Implementations that mix
// the two up are a known class of bugs.
type addressTypes struct{ ipv4, ipv6, domain byte }

func socksTypes() addressTypes { return addressTypes{ipv4: 1, domain: 3, ipv6: 4} }
func uotTypes() addressTypes   { return addressTypes{ipv4: 0, ipv6: 1, domain: 2} }

// ParseTarget decodes the SOCKS address that a stream's payload begins with. It
// returns the address and its length in bytes, and fails with [ErrShort] or
// [ErrAddressType].
func ParseTarget(b []byte) (Address, int, error) { return socksTypes().parse(b) }

// AppendTarget appends the SOCKS wire form of a to dst and returns the extended
// slice. It fails with [ErrHostTooLong], and returns dst unchanged then.
func AppendTarget(dst []byte, a Address) ([]byte, error) { return socksTypes().append(dst, a) }

func (t addressTypes) parse(b []byte) (Address, int, error) {
	if len(b) == 0 {
		return Address{}, 0, ErrShort
	}
	start, size := 1, 0
	switch b[0] {
	case t.ipv4:
		size = 4
	case t.ipv6:
		size = 16
	case t.domain:
		if len(b) < 2 {
			return Address{}, 0, ErrShort
		}
		start, size = 2, int(b[1])
	default:
		return Address{}, 0, ErrAddressType
	}
	end := start + size + 2
	if len(b) < end {
		return Address{}, 0, ErrShort
	}
	host := b[start : start+size]
	a := Address{Host: string(host), Port: binary.BigEndian.Uint16(b[end-2:])}
	if b[0] != t.domain {
		ip, _ := netip.AddrFromSlice(host)
		a.Host = ip.String()
	}
	return a, end, nil
}

func (t addressTypes) append(dst []byte, a Address) ([]byte, error) {
	ip, err := netip.ParseAddr(a.Host)
	switch {
	case err == nil && ip.Zone() == "" && ip.Is4():
		dst = append(append(dst, t.ipv4), ip.AsSlice()...)
	case err == nil && ip.Zone() == "":
		dst = append(append(dst, t.ipv6), ip.AsSlice()...)
	case len(a.Host) > 255:
		return dst, ErrHostTooLong
	default:
		dst = append(append(dst, t.domain, byte(len(a.Host))), a.Host...)
	}
	return binary.BigEndian.AppendUint16(dst, a.Port), nil
}
