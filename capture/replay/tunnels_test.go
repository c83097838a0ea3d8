package replay_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A stack makes the layers below a packet whose EtherType is given.
type stack = func(ip layers.EthernetType) []gopacket.SerializableLayer

// outer returns an IPv4 header of a tunnel's, in Ethernet.
func outer(protocol layers.IPProtocol) []gopacket.SerializableLayer {
	return []gopacket.SerializableLayer{macs(layers.EthernetTypeIPv4), &layers.IPv4{
		Version: 4, TTL: 9, Protocol: protocol, SrcIP: []byte{192, 0, 2, 1}, DstIP: []byte{192, 0, 2, 2},
	}}
}

// over6 returns an IPv6 header of a tunnel's, in Ethernet.
func over6(protocol layers.IPProtocol) []gopacket.SerializableLayer {
	return []gopacket.SerializableLayer{macs(layers.EthernetTypeIPv6), &layers.IPv6{
		Version: 6, HopLimit: 9, NextHeader: protocol, SrcIP: make([]byte, 16), DstIP: make([]byte, 16),
	}}
}

// inUDP returns the headers of a datagram to a port.
func inUDP(t testing.TB, port layers.UDPPort) []gopacket.SerializableLayer {
	below := outer(layers.IPProtocolUDP)
	udp := &layers.UDP{SrcPort: 40000, DstPort: port}
	check(t, udp.SetNetworkLayerForChecksum(below[1].(*layers.IPv4)))
	return append(below, udp)
}

// protocolOf returns the number that IP has for IP inside it.
func protocolOf(ip layers.EthernetType) layers.IPProtocol {
	if ip == layers.EthernetTypeIPv6 {
		return layers.IPProtocolIPv6
	}
	return layers.IPProtocolIPv4
}

// label returns an MPLS label.
func label(id uint32, bottom bool) *layers.MPLS {
	return &layers.MPLS{Label: id, StackBottom: bottom, TTL: 9}
}

// pppOf returns the header of PPP for an IP packet.
func pppOf(ip layers.EthernetType) gopacket.Payload {
	if ip == layers.EthernetTypeIPv6 {
		return gopacket.Payload{0, 0x57}
	}
	return gopacket.Payload{0, 0x21}
}

// tunnels returns all that packets may be encapsulated in, by name.
func tunnels(t testing.TB) map[string]stack {
	join := slices.Concat[[]gopacket.SerializableLayer]
	gre := func(g layers.GRE, behind ...gopacket.SerializableLayer) []gopacket.SerializableLayer {
		return join(outer(layers.IPProtocolGRE), []gopacket.SerializableLayer{&g}, behind)
	}
	const bridged = layers.EthernetTypeTransparentEthernetBridging
	vxlan := &layers.VXLAN{ValidIDFlag: true, VNI: 5}
	erspan3 := func(flags byte, n int) gopacket.Payload {
		b := make([]byte, n)
		b[0], b[10], b[11] = 0x20, flags<<2, byte(n/20)
		return b
	}
	gtp := func(g layers.GTPv1U) stack {
		g.Version, g.MessageType, g.TEID = 1, 255, 7
		return func(layers.EthernetType) []gopacket.SerializableLayer { return append(inUDP(t, 2152), &g) }
	}
	return map[string]stack{
		"VXLAN": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return append(inUDP(t, 4789), vxlan, macs(ip))
		},
		"VXLAN, the old port, VLAN inside": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return append(inUDP(t, 8472), vxlan, macs(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 3, Type: ip})
		},
		"Geneve": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return append(inUDP(t, 6081), &layers.Geneve{Protocol: bridged, VNI: 5}, macs(ip))
		},
		"Geneve with options, IP inside": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			options := []*layers.GeneveOption{{Class: 1, Type: 2, Length: 8, Data: make([]byte, 4)}}
			return append(inUDP(t, 6081), &layers.Geneve{Protocol: ip, OptionsLength: 8, Options: options})
		},
		"GRE": func(ip layers.EthernetType) []gopacket.SerializableLayer { return gre(layers.GRE{Protocol: ip}) },
		"GRE with all fields": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return gre(layers.GRE{Protocol: ip, ChecksumPresent: true, KeyPresent: true, SeqPresent: true, Key: 1, Seq: 2})
		},
		"GRE over IPv6": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return append(over6(layers.IPProtocolGRE), &layers.GRE{Protocol: ip})
		},
		"NVGRE": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return gre(layers.GRE{Protocol: bridged, KeyPresent: true, Key: 9}, macs(ip))
		},
		"PPTP": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return gre(layers.GRE{Protocol: layers.EthernetTypePPP, Version: 1, KeyPresent: true, SeqPresent: true, AckPresent: true},
				gopacket.Payload{0xff, 3}, pppOf(ip))
		},
		"ERSPAN I": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return gre(layers.GRE{Protocol: layers.EthernetTypeERSPAN}, macs(ip))
		},
		"ERSPAN II": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return gre(layers.GRE{Protocol: layers.EthernetTypeERSPAN, SeqPresent: true}, &layers.ERSPANII{Version: 1, SessionID: 4}, macs(ip))
		},
		"ERSPAN III": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return gre(layers.GRE{Protocol: 0x22eb, SeqPresent: true}, erspan3(0, 12), macs(ip))
		},
		"ERSPAN III with the platform's part, IP inside": func(layers.EthernetType) []gopacket.SerializableLayer {
			return gre(layers.GRE{Protocol: 0x22eb, SeqPresent: true}, erspan3(2, 20))
		},
		"IP in IP": func(ip layers.EthernetType) []gopacket.SerializableLayer { return outer(protocolOf(ip)) },
		"IP in IPv6": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return over6(protocolOf(ip))
		},
		"Ethernet in IP": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return append(outer(layers.IPProtocolEtherIP), gopacket.Payload{0x30, 0}, macs(ip))
		},
		"MPLS": func(layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{macs(layers.EthernetTypeMPLSUnicast), label(16, false), label(17, true)}
		},
		"MPLS, Ethernet inside": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{macs(layers.EthernetTypeMPLSUnicast), label(16, true), macs(ip)}
		},
		"MPLS, Ethernet with an address like IP inside": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			eth := macs(ip)
			eth.DstMAC = []byte{0x45, 0, 0, 200, 0, 1}
			return []gopacket.SerializableLayer{macs(layers.EthernetTypeMPLSUnicast), label(16, true), eth}
		},
		"MPLS, control word and Ethernet inside": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{macs(layers.EthernetTypeMPLSUnicast), label(16, true), gopacket.Payload{0, 0, 0, 9}, macs(ip)}
		},
		"MPLS over GRE": func(layers.EthernetType) []gopacket.SerializableLayer {
			return gre(layers.GRE{Protocol: layers.EthernetTypeMPLSUnicast}, label(16, true))
		},
		"MPLS over IP": func(layers.EthernetType) []gopacket.SerializableLayer {
			return append(outer(layers.IPProtocolMPLSInIP), label(16, true))
		},
		"MPLS over UDP": func(layers.EthernetType) []gopacket.SerializableLayer { return append(inUDP(t, 6635), label(16, true)) },
		"PPPoE": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{
				macs(layers.EthernetTypePPPoESession), &layers.PPPoE{Version: 1, Type: 1, SessionId: 3}, pppOf(ip),
			}
		},
		"PPPoE with a short protocol, in a VLAN": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{
				macs(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 3, Type: layers.EthernetTypePPPoESession},
				&layers.PPPoE{Version: 1, Type: 1, SessionId: 3}, pppOf(ip)[1:],
			}
		},
		"GTP-U":                      gtp(layers.GTPv1U{}),
		"GTP-U with sequence number": gtp(layers.GTPv1U{SequenceNumberFlag: true}),
		"GTP-U with extension headers": gtp(layers.GTPv1U{GTPExtensionHeaders: []layers.GTPExtensionHeader{
			{Type: 0x85, Content: []byte{1, 2}}, {Type: 0x40, Content: []byte{1, 2, 3, 4, 5, 6}},
		}}),
		"VXLAN in GRE in IPv6 in VLAN": func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return join(
				[]gopacket.SerializableLayer{macs(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 3, Type: layers.EthernetTypeIPv6}},
				over6(layers.IPProtocolGRE)[1:], []gopacket.SerializableLayer{&layers.GRE{Protocol: layers.EthernetTypeIPv4}},
				inUDP(t, 4789)[1:], []gopacket.SerializableLayer{vxlan, macs(ip)},
			)
		},
	}
}

// TestTunnels replays the same session in each encapsulation, in IPv4 and IPv6, alone and
// beside itself without it, as it is captured on two interfaces.
func TestTunnels(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	segments := segmentsOf(tp, 1300, 1)
	for name, below := range tunnels(t) {
		t.Run(name, func(t *testing.T) {
			f := framing{link: layers.LinkTypeEthernet, below: below}
			for _, r := range []route{routeOf(50000), route6()} {
				packets := packetsOf(t, f, r, segments)
				p := file(t, pcapFile(t, f.link, packets), tp.keys)
				p.isWhole(t, tp)
				if got, want := p.lines()[0], "1 opened "+r.client.String()+" "+r.server.String(); got != want {
					t.Errorf("%s, want %s", got, want)
				}
				var both []packet
				for i, plain := range packetsOf(t, ethernet(), r, segments) {
					both = append(both, packets[i], plain)
				}
				file(t, pcapFile(t, f.link, both), tp.keys).isWhole(t, tp)
			}
		})
	}
}

// TestOtherFramings has what stands below IP without Ethernet.
func TestOtherFramings(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	header := func(b ...byte) stack {
		return func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{gopacket.Payload(b), pppOf(ip)}
		}
	}
	nflog := func(order binary.ByteOrder) framing {
		return framing{link: 239, alter: func(ip []byte) []byte {
			b := append([]byte{2, 0, 0, 5}, nflogTLV(order, 1, make([]byte, 5))...)
			return append(append(b, nflogTLV(order, 9, ip)...), nflogTLV(order, 12, make([]byte, 8))...)
		}}
	}
	for name, f := range map[string]framing{
		"PPP":         {link: layers.LinkTypePPP, below: header()},
		"PPP, framed": {link: layers.LinkTypePPP, below: header(0xff, 3)},
		"PPP, HDLC":   {link: layers.LinkTypePPP_HDLC, below: header(0xff, 3)},
		"PPPoE":       {link: layers.LinkTypePPPEthernet, below: header(0x11, 0, 0, 1, 0, 0)},
		"Cisco HDLC": {link: layers.LinkTypeC_HDLC, below: func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{gopacket.Payload(binary.BigEndian.AppendUint16([]byte{0x0f, 0}, uint16(ip)))}
		}},
		"NFLOG":      nflog(binary.LittleEndian),
		"NFLOG, big": nflog(binary.BigEndian),
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []route{routeOf(50000), route6()} {
				file(t, pcapFile(t, f.link, packetsOf(t, f, r, segmentsOf(tp, 1300, 1))), tp.keys).isWhole(t, tp)
			}
		})
	}
}

// nflogTLV returns a TLV of netfilter's log.
func nflogTLV(order binary.ByteOrder, typ uint16, value []byte) []byte {
	b := make([]byte, 4, 4+len(value)+3)
	order.PutUint16(b, uint16(4+len(value)))
	order.PutUint16(b[2:], typ)
	b = append(b, value...)
	return append(b, make([]byte, -len(b)&3)...)
}

// TestTooDeep has more encapsulations than are read: that is told, and holds nothing up.
func TestTooDeep(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 100))
	nested := func(n int) framing {
		return framing{link: layers.LinkTypeEthernet, below: func(ip layers.EthernetType) []gopacket.SerializableLayer {
			below := outer(layers.IPProtocolIPv4)
			for range n - 1 {
				below = append(below, outer(layers.IPProtocolIPv4)[1])
			}
			below[len(below)-1].(*layers.IPv4).Protocol = protocolOf(ip)
			return below
		}}
	}
	segments := segmentsOf(tp, 1000, 1)
	file(t, pcapFile(t, layers.LinkTypeEthernet, packetsOf(t, nested(8), routeOf(50000), segments)), tp.keys).isWhole(t, tp)
	p := file(t, pcapFile(t, layers.LinkTypeEthernet, packetsOf(t, nested(9), routeOf(50000), segments[:3])), tp.keys)
	wants(t, p.warnings, "3 packets were left out: more than 8 encapsulations are not read",
		"none of the 3 packets is TCP: 3 are in too many encapsulations")
	p = file(t, pcapFile(t, layers.LinkTypeEthernet, packetsOf(t, nested(800), routeOf(50000), segments[:1])), tp.keys)
	if !strings.HasPrefix(p.warnings[0], "1 packet was left out: more than 8") {
		t.Errorf("warnings: %q", p.warnings)
	}
}

// TestNoTunnel has datagrams to the ports of tunnels that hold something else.
func TestNoTunnel(t *testing.T) {
	for _, port := range []layers.UDPPort{4789, 8472, 6081, 2152, 6635} {
		for _, payload := range []gopacket.Payload{{}, {0}, make([]byte, 9), make([]byte, 100), append([]byte{0x38, 255}, make([]byte, 20)...)} {
			b := serialize(t, append(inUDP(t, port), payload)...)
			p := file(t, pcapFile(t, layers.LinkTypeEthernet, []packet{{at: began, data: b}}), nil)
			if n := len(p.warnings); n == 0 || strings.Contains(p.warnings[0], "damaged") || strings.Contains(p.warnings[0], "cut") {
				t.Errorf("port %d, %d bytes: warnings %q", port, len(payload), p.warnings)
			}
		}
	}
}
