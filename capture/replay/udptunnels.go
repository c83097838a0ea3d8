package replay

import (
	"encoding/binary"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// The UDP ports to which encapsulated packets are sent.
const (
	portGTPU     = 2152
	portVXLAN    = 4789 // RFC 7348
	portGeneve   = 6081 // RFC 8926
	portMPLS     = 6635 // RFC 7510
	portOldVXLAN = 8472 // Linux, from before RFC 7348
)

// tunnelOf returns what reads the payload of datagrams to a UDP port, nil where nothing does.
func tunnelOf(port uint16) func(d *decoder, b []byte, left int) outcome {
	switch port {
	case portVXLAN, portOldVXLAN:
		return (*decoder).vxlanHeader
	case portGeneve:
		return (*decoder).geneve
	case portGTPU:
		return (*decoder).gtpu
	case portMPLS:
		return (*decoder).mpls
	default:
		return nil
	}
}

// isTunneled tells whether a datagram that begins with these bytes is sent to a port whose
// datagrams are read.
func isTunneled(b []byte) bool {
	return len(b) >= 4 && tunnelOf(binary.BigEndian.Uint16(b[2:])) != nil
}

// datagram reads a UDP datagram: what is encapsulated in it, where its port says so. A port
// is no proof. So a whole datagram that does not hold what its port says is one of another
// protocol, and not damaged.
func (d *decoder) datagram(b []byte, left int) outcome {
	u := &d.udp
	if u.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return d.fails(b, left)
	}
	plain := kind{byPort, namedPort(uint16(u.SrcPort), uint16(u.DstPort))}
	d.other = plain
	whole := len(b) >= left
	b, left = u.Payload, left-len(u.Contents)
	read := tunnelOf(uint16(u.DstPort))
	if read == nil {
		return isOther
	}
	if !d.deeper() {
		return d.is(tooDeep, 0)
	}
	o := read(d, b, left)
	if o == isDamaged || o == isCut && whole {
		d.other, o = plain, isOther
	}
	return o
}

// vxlanHeader reads VXLAN (RFC 7348).
func (d *decoder) vxlanHeader(b []byte, left int) outcome {
	if d.vxlan.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return d.fails(b, left)
	}
	if !d.vxlan.ValidIDFlag {
		return isOther
	}
	return d.ethernet(d.vxlan.Payload, left-len(d.vxlan.Contents))
}

// geneve reads Geneve (RFC 8926, section 3.4), of which gopacket's layer would copy the
// options.
func (d *decoder) geneve(b []byte, left int) outcome {
	const fixed = 8
	if len(b) < fixed {
		return d.fails(b, left)
	}
	isControl := b[1]&0x80 != 0
	if b[0]>>6 != 0 || isControl {
		return isOther
	}
	n := fixed + 4*int(b[0]&0x3f)
	if len(b) < n {
		return d.fails(b, left)
	}
	typ := layers.EthernetType(binary.BigEndian.Uint16(b[2:]))
	if b, left = b[n:], left-n; typ == layers.EthernetTypeTransparentEthernetBridging {
		return d.ethernet(b, left)
	}
	return d.etherType(typ, b, left)
}

// gtpu reads GTP-U (3GPP TS 29.281, section 5), of which gopacket's layer would allocate
// the extension headers.
func (d *decoder) gtpu(b []byte, left int) outcome {
	const (
		fixed    = 8
		optional = 4    // bytes: sequence number, N-PDU number, type of the next extension header
		userData = 0xff // a message type
	)
	if len(b) < fixed {
		return d.fails(b, left)
	}
	if b[0]>>5 != 1 || b[0]&0x10 == 0 || b[1] != userData {
		return isOther
	}
	n, next := fixed, byte(0)
	if b[0]&7 != 0 {
		if n += optional; len(b) < n {
			return d.fails(b, left)
		}
		if b[0]&4 != 0 {
			next = b[n-1]
		}
	}
	for next != 0 {
		if len(b) <= n {
			return d.fails(b, left)
		}
		size := 4 * int(b[n])
		if size == 0 {
			return isDamaged
		}
		if n += size; len(b) < n {
			return d.fails(b, left)
		}
		next = b[n-1]
	}
	return d.ip(b[n:], left-n)
}
