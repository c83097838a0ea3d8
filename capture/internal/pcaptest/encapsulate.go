package pcaptest

import (
	"encoding/binary"
	"net"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// maxInner is how long a packet may be, in bytes, that is put into others.
const maxInner = 1 << 15

// A tunnel returns the layers that stand before a packet that is put into it: behind
// Ethernet, whose type it returns.
type tunnel struct {
	frames bool // it takes Ethernet frames; else IP packets
	below  func(inner layers.EthernetType) (layers.EthernetType, []gopacket.SerializableLayer)
}

// Tunnels returns the kinds of encapsulation that [Capture.Encapsulate] knows.
func Tunnels() []string {
	return []string{
		"qinq", "mpls", "pppoe", "ipip", "gre", "gre-ethernet", "gre-mpls", "erspan1", "erspan2", "erspan3",
		"vxlan", "geneve", "gtpu",
	}
}

// tunnelOf returns a kind of tunnel.
func tunnelOf(kind string) (t tunnel, ok bool) {
	const ipv4 = layers.EthernetTypeIPv4
	type stack = []gopacket.SerializableLayer
	over := func(protocol layers.IPProtocol, above ...gopacket.SerializableLayer) func(layers.EthernetType) (layers.EthernetType, stack) {
		return func(layers.EthernetType) (layers.EthernetType, stack) {
			return ipv4, append(stack{outer(protocol)}, above...)
		}
	}
	udp := func(port layers.UDPPort, above gopacket.SerializableLayer) func(layers.EthernetType) (layers.EthernetType, stack) {
		ip := outer(layers.IPProtocolUDP)
		header := &layers.UDP{SrcPort: 50123, DstPort: port}
		_ = header.SetNetworkLayerForChecksum(ip)
		return func(layers.EthernetType) (layers.EthernetType, stack) { return ipv4, stack{ip, header, above} }
	}
	const bridged = layers.EthernetTypeTransparentEthernetBridging
	labels := stack{&layers.MPLS{Label: 300, TTL: 60}, &layers.MPLS{Label: 17, StackBottom: true, TTL: 60}}
	switch kind {
	case "qinq":
		return tunnel{below: func(inner layers.EthernetType) (layers.EthernetType, stack) {
			return layers.EthernetTypeQinQ, stack{
				&layers.Dot1Q{VLANIdentifier: 7, Type: layers.EthernetTypeDot1Q}, &layers.Dot1Q{VLANIdentifier: 8, Type: inner},
			}
		}}, true
	case "mpls":
		return tunnel{below: func(layers.EthernetType) (layers.EthernetType, stack) {
			return layers.EthernetTypeMPLSUnicast, labels
		}}, true
	case "pppoe":
		return tunnel{below: func(inner layers.EthernetType) (layers.EthernetType, stack) {
			ppp := &layers.PPP{PPPType: layers.PPPTypeIPv4}
			if inner == layers.EthernetTypeIPv6 {
				ppp.PPPType = layers.PPPTypeIPv6
			}
			return layers.EthernetTypePPPoESession, stack{&layers.PPPoE{Version: 1, Type: 1, SessionId: 5}, ppp}
		}}, true
	case "ipip":
		return tunnel{below: func(inner layers.EthernetType) (layers.EthernetType, stack) {
			protocol := layers.IPProtocolIPv4
			if inner == layers.EthernetTypeIPv6 {
				protocol = layers.IPProtocolIPv6
			}
			return ipv4, stack{outer(protocol)}
		}}, true
	case "gre":
		return tunnel{below: func(inner layers.EthernetType) (layers.EthernetType, stack) {
			return ipv4, stack{outer(layers.IPProtocolGRE), &layers.GRE{Protocol: inner, KeyPresent: true, Key: 9}}
		}}, true
	case "gre-ethernet":
		return tunnel{true, over(layers.IPProtocolGRE, &layers.GRE{Protocol: bridged, ChecksumPresent: true, SeqPresent: true, Seq: 3})}, true
	case "gre-mpls":
		return tunnel{below: over(layers.IPProtocolGRE, append(stack{&layers.GRE{Protocol: layers.EthernetTypeMPLSUnicast}}, labels...)...)}, true
	case "erspan1": // no header of its own, and no sequence number by which one could tell
		return tunnel{true, over(layers.IPProtocolGRE, &layers.GRE{Protocol: layers.EthernetTypeERSPAN})}, true
	case "erspan2":
		return tunnel{true, over(layers.IPProtocolGRE, &layers.GRE{Protocol: layers.EthernetTypeERSPAN, SeqPresent: true, Seq: 3},
			&layers.ERSPANII{Version: layers.ERSPANIIVersion, SessionID: 4, VLANIdentifier: 7})}, true
	case "erspan3":
		const typ = 0x22eb
		return tunnel{true, over(layers.IPProtocolGRE, &layers.GRE{Protocol: typ, SeqPresent: true, Seq: 3}, erspan3())}, true
	case "vxlan":
		return tunnel{true, udp(4789, &layers.VXLAN{ValidIDFlag: true, VNI: 77})}, true
	case "geneve":
		return tunnel{true, udp(6081, &layers.Geneve{Protocol: bridged, VNI: 77, Options: []*layers.GeneveOption{
			{Class: 0x102, Type: 1, Length: 8, Data: []byte{1, 2, 3, 4}},
		}})}, true
	case "gtpu":
		return tunnel{below: udp(2152, &layers.GTPv1U{Version: 1, ProtocolType: 1, MessageType: 255, TEID: 6, SequenceNumberFlag: true, SequenceNumber: 2})}, true
	}
	return t, false
}

// outer returns the IP header of a tunnel.
func outer(protocol layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 60, Protocol: protocol, SrcIP: net.IPv4(192, 0, 2, 1), DstIP: net.IPv4(192, 0, 2, 2)}
}

// erspan3 returns an ERSPAN header of type III with the optional part (draft-foschiano-erspan-03,
// section 4.3).
func erspan3() gopacket.Payload {
	const version, vlan, session, ethernet, optional = 2, 7, 4, 0, 1
	b := binary.BigEndian.AppendUint16(nil, version<<12|vlan)
	b = binary.BigEndian.AppendUint16(b, session)
	b = append(b, 0, 0, 0, 1, 0, 0) // time and security group
	b = binary.BigEndian.AppendUint16(b, ethernet<<10|optional)
	return append(b, 4, 0, 0, 0, 0, 0, 0, 0) // platform's own
}

// Encapsulate returns the capture with its IP packets inside others, as a tunnel has them on
// the way: see [Tunnels]. Segments that are too long for it are cut first. It returns false
// where it does not know the kind.
func (c Capture) Encapsulate(kind string) (Capture, bool) {
	t, ok := tunnelOf(kind)
	if !ok {
		return c, false
	}
	const padding = 128 // of what stands around
	in := c.Segment(maxInner - padding)
	out := Capture{Link: layers.LinkTypeEthernet}
	for i, v := range in.views() {
		p := in.Packets[i]
		o := v.outer
		if o.at < 0 {
			continue // it has nothing to do with a tunnel of IP packets
		}
		inner, cut := p.Data[min(o.at, len(p.Data)):min(o.end, len(p.Data))], max(o.end-len(p.Data), 0)
		typ := layers.EthernetTypeIPv4
		if o.v6 {
			typ = layers.EthernetTypeIPv6
		}
		link, stack := t.below(typ)
		stack = append([]gopacket.SerializableLayer{macs(link)}, stack...)
		if t.frames {
			stack = append(stack, macs(typ))
		}
		b := serialize(append(stack, gopacket.Payload(append([]byte(nil), inner...)))...)
		out.Packets = append(out.Packets, Packet{At: p.At, Data: b, Length: len(b) + cut})
	}
	return out, true
}

func macs(typ layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: []byte{2, 0, 0, 0, 0, 1}, DstMAC: []byte{2, 0, 0, 0, 0, 2}, EthernetType: typ}
}

// serialize returns the bytes of a packet of layers that are made here, and can be
// serialized.
func serialize(stack ...gopacket.SerializableLayer) []byte {
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, stack...); err != nil {
		panic(err)
	}
	return b.Bytes()
}
