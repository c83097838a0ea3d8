package replay

import (
	"encoding/binary"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// The lengths of the headers that are read here, in bytes.
const (
	etherIPLen   = 2  // RFC 3378
	labelLen     = 4  // of MPLS: RFC 3032
	controlLen   = 4  // of the control word of a pseudowire: RFC 4385
	pppoeLen     = 6  // RFC 2516
	erspanLen    = 8  // of type II: draft-foschiano-erspan
	erspanIIILen = 12 // of type III, without its optional part of 8
)

// erspanIII is the protocol type of ERSPAN's type III.
const erspanIII layers.EthernetType = 0x22eb

// tunnel reads what an IP protocol other than TCP holds.
func (d *decoder) tunnel(protocol layers.IPProtocol, b []byte, left int) outcome {
	if protocol == layers.IPProtocolUDP {
		return d.datagram(b, left)
	}
	if !d.deeper() {
		return d.is(tooDeep, 0)
	}
	switch protocol {
	case layers.IPProtocolIPv4:
		return d.ipv4(b, left)
	case layers.IPProtocolIPv6:
		return d.ipv6(b, left)
	case layers.IPProtocolGRE:
		return d.greHeader(b, left)
	case layers.IPProtocolMPLSInIP:
		return d.mpls(b, left)
	case layers.IPProtocolEtherIP:
		if len(b) < etherIPLen {
			return d.fails(b, left)
		}
		return d.ethernet(b[etherIPLen:], left-etherIPLen)
	default:
		return d.is(byProtocol, uint16(protocol))
	}
}

// greHeader reads GRE (RFC 2784, RFC 2890), also of version 1 (RFC 2637), with the
// optional fields that it may have, and ERSPAN inside it.
func (d *decoder) greHeader(b []byte, left int) outcome {
	g := &d.gre
	if g.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return d.fails(b, left)
	}
	left -= len(g.Contents)
	switch g.Protocol {
	case layers.EthernetTypeTransparentEthernetBridging:
		return d.ethernet(g.Payload, left)
	case layers.EthernetTypePPP:
		return d.ppp(g.Payload, left)
	case layers.EthernetTypeERSPAN:
		if len(g.Contents) == 4 { // type I has no sequence number, and no header of its own
			return d.ethernet(g.Payload, left)
		}
		if len(g.Payload) < erspanLen {
			return d.fails(g.Payload, left)
		}
		return d.ethernet(g.Payload[erspanLen:], left-erspanLen)
	case erspanIII:
		return d.erspan3(g.Payload, left)
	default:
		return d.etherType(g.Protocol, g.Payload, left)
	}
}

// erspan3 reads ERSPAN's type III, which may hold an IP packet instead of a frame.
func (d *decoder) erspan3(b []byte, left int) outcome {
	if len(b) < erspanIIILen {
		return d.fails(b, left)
	}
	const ipFrame = 2 // a frame type
	frameType, n := b[10]>>2&0x1f, erspanIIILen
	if b[11]&1 != 0 {
		n += 8 // the platform's part
	}
	if len(b) < n {
		return d.fails(b, left)
	}
	if frameType == ipFrame {
		return d.ip(b[n:], left-n)
	}
	return d.ethernet(b[n:], left-n)
}

// mpls reads a stack of MPLS labels. What is behind them, no field says: it is an IP
// packet, or an Ethernet frame with or without a control word (RFC 4448, RFC 4928).
func (d *decoder) mpls(b []byte, left int) outcome {
	if !d.deeper() {
		return d.is(tooDeep, 0)
	}
	for bottom := false; !bottom; {
		if len(b) < labelLen {
			return d.fails(b, left)
		}
		bottom = b[2]&1 != 0
		b, left = b[labelLen:], left-labelLen
	}
	switch {
	case isIPHeader(b):
		return d.ip(b, left)
	case len(b) > controlLen && b[0]>>4 == 0 && isFrame(b[controlLen:]):
		return d.ethernet(b[controlLen:], left-controlLen)
	case isFrame(b):
		return d.ethernet(b, left)
	case len(b) < controlLen+14 && len(b) < left:
		return isCut
	default:
		return d.is(byEtherType, uint16(layers.EthernetTypeMPLSUnicast))
	}
}

// isIPHeader tells whether b begins like an IP packet, and not like the address of an
// Ethernet frame.
func isIPHeader(b []byte) bool {
	switch ipVersion(b) {
	case 4:
		return len(b) >= 20 && b[0]&0xf >= 5 && int(binary.BigEndian.Uint16(b[2:])) >= 20 && !isFrame(b)
	case 6:
		return len(b) >= ipv6Len && !isFrame(b)
	default:
		return false
	}
}

// isFrame tells whether b begins like an Ethernet frame with something that is read.
func isFrame(b []byte) bool {
	if len(b) < 14+1 {
		return false
	}
	switch typ := layers.EthernetType(binary.BigEndian.Uint16(b[12:])); typ {
	case layers.EthernetTypeIPv4:
		return b[14]>>4 == 4
	case layers.EthernetTypeIPv6:
		return b[14]>>4 == 6
	case layers.EthernetTypeDot1Q, layers.EthernetTypeQinQ, layers.EthernetTypeMPLSUnicast,
		layers.EthernetTypePPPoESession, layers.EthernetTypeARP:
		return true
	default:
		return false
	}
}

// pppoe reads a packet of a PPPoE session (RFC 2516).
func (d *decoder) pppoe(b []byte, left int) outcome {
	if !d.deeper() {
		return d.is(tooDeep, 0)
	}
	if len(b) < pppoeLen {
		return d.fails(b, left)
	}
	return d.ppp(b[pppoeLen:], left-pppoeLen)
}

// The protocols of PPP that are read.
const (
	pppIPv4 = 0x0021
	pppIPv6 = 0x0057
	pppMPLS = 0x0281
)

// ppp reads a PPP packet, with address and control or without (RFC 1661, RFC 1662).
func (d *decoder) ppp(b []byte, left int) outcome {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
		b, left = b[2:], left-2
	}
	if len(b) < 2 {
		return d.fails(b, left)
	}
	protocol, n := binary.BigEndian.Uint16(b), 2
	if b[0]&1 != 0 { // the first byte is left out, since it is 0
		protocol, n = uint16(b[0]), 1
	}
	switch b, left = b[n:], left-n; protocol {
	case pppIPv4:
		return d.ipv4(b, left)
	case pppIPv6:
		return d.ipv6(b, left)
	case pppMPLS:
		return d.mpls(b, left)
	default:
		return d.is(byPPP, protocol)
	}
}
