package replay

import (
	"encoding/binary"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// The link types that are read, by their LINKTYPE_ numbers in capture files.
const (
	linkNull     = 0 // BSD loopback, in the byte order of the host
	linkEthernet = 1
	linkPPP      = 9
	linkRawBSD   = 12
	linkPPPHDLC  = 50
	linkPPPoE    = 51
	linkRaw      = 101
	linkCHDLC    = 104
	linkLoop     = 108 // OpenBSD loopback
	linkSLL      = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkNFLog    = 239
	linkSLL2     = 276
)

// loopbackLen is the length of a loopback header in bytes: an address family, which
// the version of the IP packet behind it says, too.
const loopbackLen = 4

// link reads a packet of a link type.
func (d *decoder) link(typ uint16, b []byte, left int) outcome {
	switch typ {
	case linkEthernet:
		return d.ethernet(b, left)
	case linkSLL:
		if d.sll.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
			return d.fails(b, left)
		}
		return d.etherType(d.sll.EthernetType, d.sll.Payload, left-len(d.sll.Contents))
	case linkSLL2:
		if d.sll2.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
			return d.fails(b, left)
		}
		return d.etherType(d.sll2.ProtocolType, d.sll2.Payload, left-len(d.sll2.Contents))
	case linkNull, linkLoop:
		n := min(loopbackLen, len(b))
		return d.ip(b[n:], left-n)
	case linkRaw, linkRawBSD, linkIPv4, linkIPv6:
		return d.ip(b, left)
	case linkPPP, linkPPPHDLC:
		return d.ppp(b, left)
	case linkPPPoE:
		return d.pppoe(b, left)
	case linkCHDLC:
		if len(b) < chdlcLen {
			return d.fails(b, left)
		}
		return d.etherType(layers.EthernetType(binary.BigEndian.Uint16(b[2:])), b[chdlcLen:], left-chdlcLen)
	case linkNFLog:
		return d.nflog(b, left)
	default:
		return d.is(byLink, typ)
	}
}

// chdlcLen is the length of the header of Cisco's HDLC in bytes: address, control, EtherType.
const chdlcLen = 4

// ethernet reads an Ethernet frame.
func (d *decoder) ethernet(b []byte, left int) outcome {
	if d.eth.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return d.fails(b, left)
	}
	return d.etherType(d.eth.EthernetType, d.eth.Payload, left-len(d.eth.Contents))
}

// oldQinQ is the type of outer VLAN tags from before IEEE 802.1ad.
const oldQinQ layers.EthernetType = 0x9100

// etherType reads what an EtherType says that it is.
func (d *decoder) etherType(typ layers.EthernetType, b []byte, left int) outcome {
	for typ == layers.EthernetTypeDot1Q || typ == layers.EthernetTypeQinQ || typ == oldQinQ {
		if d.vlan.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
			return d.fails(b, left)
		}
		typ, b, left = d.vlan.Type, d.vlan.Payload, left-len(d.vlan.Contents)
	}
	switch typ {
	case layers.EthernetTypeIPv4:
		return d.ipv4(b, left)
	case layers.EthernetTypeIPv6:
		return d.ipv6(b, left)
	case layers.EthernetTypeMPLSUnicast, layers.EthernetTypeMPLSMulticast:
		return d.mpls(b, left)
	case layers.EthernetTypePPPoESession:
		return d.pppoe(b, left)
	default:
		return d.is(byEtherType, uint16(typ))
	}
}

// The numbers of LINKTYPE_NFLOG.
const (
	nflogLen     = 4 // bytes of its header
	nflogTLV     = 4 // bytes of the header of a TLV: its length, header included, and its type
	nflogPayload = 9 // NFULA_PAYLOAD: the IP packet
)

// nflog reads a packet that netfilter has logged: a header, and TLVs in the byte order of
// the host, of which one is the IP packet.
func (d *decoder) nflog(b []byte, left int) outcome {
	if len(b) < nflogLen {
		return d.fails(b, left)
	}
	rest, behind := b[nflogLen:], left-nflogLen
	for len(rest) >= nflogTLV {
		length, typ := binary.LittleEndian.Uint16(rest), binary.LittleEndian.Uint16(rest[2:])
		if length == 0 || typ > 0xff { // no type is so large
			length, typ = binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:])
		}
		n := int(length)
		switch {
		case n < nflogTLV:
			return isDamaged
		case typ == nflogPayload:
			return d.ip(rest[nflogTLV:min(n, len(rest))], n-nflogTLV)
		}
		n = (n + 3) &^ 3
		if n > len(rest) {
			break
		}
		rest, behind = rest[n:], behind-n
	}
	return d.fails(rest, behind)
}
