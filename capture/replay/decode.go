package replay

import (
	"encoding/binary"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/internal/pcapfile"
)

// The link types that are read, by their numbers in capture files.
const (
	linkNull     = 0 // BSD loopback, in the byte order of the host
	linkEthernet = 1
	linkRawBSD   = 12
	linkRaw      = 101
	linkLoop     = 108 // OpenBSD loopback
	linkSLL      = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkSLL2     = 276
)

// loopbackLen is the length of a loopback header in bytes: an address family, which
// the version of the IP packet behind it says, too.
const loopbackLen = 4

// An outcome says what became of a packet.
type outcome uint8

const (
	isTCP      outcome = iota
	otherKind          // it is not TCP over IP
	otherLink          // it is of a link type that is not read
	fragment           // it is a fragment of an IP packet
	incomplete         // its headers are cut, or make no sense
)

// A decoder reads packets down to TCP, with gopacket's layers. It chains these
// itself, and not with gopacket's DecodingLayerParser: that drops IPv6 packets
// without a length, which a sender with segmentation offload captures.
type decoder struct {
	eth  layers.Ethernet
	vlan layers.Dot1Q
	sll  layers.LinuxSLL
	sll2 layers.LinuxSLL2
	ip4  layers.IPv4
	ip6  layers.IPv6
	tcp  layers.TCP

	end int // length of the packet on the wire from the IP header on, in bytes
}

// decode reads a packet. Where it is TCP, ends says who sent it to whom, and out
// what it carries; the memory is the packet's. gopacket's layers may panic on
// crafted packets: those are incomplete.
func (d *decoder) decode(p *pcapfile.Packet, ends *path, out *packet) (o outcome) {
	defer func() {
		if recover() != nil {
			o = incomplete
		}
	}()
	var err error
	typ, payload := layers.EthernetType(0), p.Data
	switch p.Interface.LinkType {
	case linkEthernet:
		err = d.eth.DecodeFromBytes(p.Data, gopacket.NilDecodeFeedback)
		typ, payload = d.eth.EthernetType, d.eth.Payload
	case linkSLL:
		err = d.sll.DecodeFromBytes(p.Data, gopacket.NilDecodeFeedback)
		typ, payload = d.sll.EthernetType, d.sll.Payload
	case linkSLL2:
		err = d.sll2.DecodeFromBytes(p.Data, gopacket.NilDecodeFeedback)
		typ, payload = d.sll2.ProtocolType, d.sll2.Payload
	case linkNull, linkLoop:
		payload = p.Data[min(loopbackLen, len(p.Data)):]
		typ = ipVersion(payload)
	case linkRaw, linkRawBSD, linkIPv4, linkIPv6:
		typ = ipVersion(payload)
	default:
		return otherLink
	}
	for err == nil && (typ == layers.EthernetTypeDot1Q || typ == layers.EthernetTypeQinQ || typ == oldQinQ) {
		err = d.vlan.DecodeFromBytes(payload, gopacket.NilDecodeFeedback)
		typ, payload = d.vlan.Type, d.vlan.Payload
	}
	if err != nil {
		return incomplete
	}
	d.end = p.Length - (len(p.Data) - len(payload))
	switch typ {
	case layers.EthernetTypeIPv4:
		return d.decodeIPv4(payload, ends, out)
	case layers.EthernetTypeIPv6:
		return d.decodeIPv6(payload, ends, out)
	default:
		return otherKind
	}
}

// oldQinQ is the type of outer VLAN tags from before IEEE 802.1ad.
const oldQinQ layers.EthernetType = 0x9100

// ipVersion returns the EtherType of the IP packet that b is, 0 where it is none.
func ipVersion(b []byte) layers.EthernetType {
	switch {
	case len(b) > 0 && b[0]>>4 == 4:
		return layers.EthernetTypeIPv4
	case len(b) > 0 && b[0]>>4 == 6:
		return layers.EthernetTypeIPv6
	default:
		return 0
	}
}

// decodeIPv4 reads an IPv4 packet.
func (d *decoder) decodeIPv4(b []byte, ends *path, out *packet) outcome {
	if d.ip4.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return incomplete
	}
	switch {
	case d.ip4.Protocol != layers.IPProtocolTCP:
		return otherKind
	case d.ip4.Flags&layers.IPv4MoreFragments != 0 || d.ip4.FragOffset != 0:
		return fragment
	}
	// A sender with segmentation offload leaves the length 0, for its network card
	// to set.
	if length := int(binary.BigEndian.Uint16(b[2:])); length != 0 {
		d.end = length
	}
	ends.from.setIPv4(d.ip4.SrcIP)
	ends.to.setIPv4(d.ip4.DstIP)
	return d.decodeTCP(d.ip4.Payload, d.end-len(d.ip4.Contents), ends, out)
}

// decodeIPv6 reads an IPv6 packet, past the extension headers that it may have (RFC
// 8200, section 4; RFC 4302).
func (d *decoder) decodeIPv6(b []byte, ends *path, out *packet) outcome {
	err := d.ip6.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
	offload := len(b) >= ipv6Len && d.ip6.Length == 0 && d.ip6.HopByHop == nil
	if err != nil && !offload {
		return incomplete
	}
	if d.ip6.Length != 0 {
		d.end = ipv6Len + int(d.ip6.Length)
	}
	next, payload := d.ip6.NextHeader, d.ip6.Payload
	left := d.end - ipv6Len
	if hop := d.ip6.HopByHop; hop != nil {
		next = hop.NextHeader
		left -= hop.ActualLength
	}
	for {
		header := 0
		switch next {
		case layers.IPProtocolTCP:
			ends.from.setIPv6(d.ip6.SrcIP)
			ends.to.setIPv6(d.ip6.DstIP)
			return d.decodeTCP(payload, left, ends, out)
		case layers.IPProtocolIPv6Fragment:
			return fragment
		case layers.IPProtocolIPv6Routing, layers.IPProtocolIPv6Destination:
			if len(payload) >= 2 {
				header = 8 * (int(payload[1]) + 1)
			}
		case layers.IPProtocolAH:
			if len(payload) >= 2 {
				header = 4 * (int(payload[1]) + 2)
			}
		default:
			return otherKind
		}
		if header == 0 || header > len(payload) {
			return incomplete
		}
		next, payload = layers.IPProtocol(payload[0]), payload[header:]
		left -= header
	}
}

// ipv6Len is the length of an IPv6 header without its extensions, in bytes.
const ipv6Len = 40

// decodeTCP reads a TCP packet that was left bytes long on the wire, header
// included.
func (d *decoder) decodeTCP(b []byte, left int, ends *path, out *packet) outcome {
	if d.tcp.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return incomplete
	}
	t := &d.tcp
	ends.from.port, ends.to.port = uint16(t.SrcPort), uint16(t.DstPort)
	g := &out.segment
	g.Seq, g.Payload, g.SYN, g.FIN = t.Seq, t.Payload, t.SYN, t.FIN
	g.Length = max(left-len(t.Contents), len(t.Payload))
	out.ack, out.isACK, out.isRST = t.Ack, t.ACK, t.RST
	out.window, out.scale = t.Window, unknownScale
	if t.SYN {
		out.scale = d.windowScale()
	}
	return isTCP
}

// maxScale is the most by which windows are scaled (RFC 7323, section 2.3).
const maxScale = 14

// windowScale returns by how much the sender of a SYN wants its windows to be scaled (RFC
// 7323, section 2.2); unknownScale where it does not.
func (d *decoder) windowScale() int8 {
	for i := range d.tcp.Options {
		if o := &d.tcp.Options[i]; o.OptionType == layers.TCPOptionKindWindowScale && len(o.OptionData) == 1 {
			return int8(min(o.OptionData[0], maxScale))
		}
	}
	return unknownScale
}
