package replay_test

import (
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// repeated returns a packet so many times.
func repeated(n int, data []byte) (packets []packet) {
	for range n {
		packets = append(packets, packet{at: began, data: data})
	}
	return packets
}

// TestLeftOut has packets of kinds that are not read, alone and beside a session. Beside
// one, those are named that may hold others.
func TestLeftOut(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	session := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	inIP := func(protocol layers.IPProtocol) []byte {
		return serialize(t, append(outer(protocol), gopacket.Payload(make([]byte, 40)))...)
	}
	inEthernet := func(typ layers.EthernetType, payload ...byte) []byte {
		return serialize(t, macs(typ), gopacket.Payload(append(payload, make([]byte, 46)...)))
	}
	toPort := func(port layers.UDPPort) []byte {
		return serialize(t, append(inUDP(t, port), gopacket.Payload("hello, world"))...)
	}
	for _, tt := range []struct {
		name  string
		data  []byte
		why   string // beside a session; empty where nothing is told
		alone string
	}{
		{"ESP", inIP(50), "ESP (IPsec) is encrypted", "IPSecESP"},
		{"IPComp", inIP(108), "IPComp is compressed", "of IP protocol 108"},
		{"L2TPv3", inIP(115), "L2TP is not read", "of IP protocol 115"},
		{"L2TP", toPort(1701), "L2TP is not read", "UDP port 1701 (L2TP)"},
		{"NAT-T", toPort(4500), "UDP port 4500 is that of IPsec behind NAT", "UDP port 4500 (IPsec behind NAT)"},
		{"WireGuard", toPort(51820), "UDP port 51820 is that of WireGuard", "UDP port 51820 (WireGuard?)"},
		{"VXLAN-GPE", toPort(4790), "VXLAN-GPE is not read", "UDP port 4790 (VXLAN-GPE)"},
		{"MACsec", inEthernet(0x88e5), "MACsec is encrypted", "of EtherType 0x88e5"},
		{"802.1ah", inEthernet(0x88e7), "Provider Backbone Bridging", "of EtherType 0x88e7"},
		{"NSH", inEthernet(0x894f), "the Network Service Header is not read", "of EtherType 0x894f"},
		{"MPLS", inEthernet(layers.EthernetTypeMPLSUnicast, 0, 1, 1, 9), "behind the labels of MPLS", "MPLSUnicast"},
		{"PPP", inEthernet(layers.EthernetTypePPPoESession, 0x11, 0, 0, 1, 0, 40, 0, 0xfd), "the PPP is compressed", "of PPP protocol 0x00fd"},
		{"LCP", inEthernet(layers.EthernetTypePPPoESession, 0x11, 0, 0, 1, 0, 40, 0xc0, 0x21), "", "of PPP protocol 0xc021"},
		{"QUIC", toPort(443), "", "UDP port 443 (QUIC?)"},
		{"UDP", toPort(9), "", "UDP"},
		{"ICMP", inIP(1), "", "ICMPv4"},
		{"SCTP", inIP(132), "", "SCTP"},
		{"ARP", inEthernet(layers.EthernetTypeARP), "", "ARP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			others := repeated(3, tt.data)
			p := file(t, pcapFile(t, layers.LinkTypeEthernet, append(others, session...)), tp.keys)
			p.carries(t, 1, tp)
			switch {
			case tt.why == "":
				wants(t, p.warnings)
			case len(p.warnings) != 1 || !strings.HasPrefix(p.warnings[0], "3 packets were left out: "+tt.why):
				t.Errorf("beside a session: %q", p.warnings)
			case !strings.Contains(p.warnings[0], "capture "):
				t.Errorf("%q has no next step", p.warnings)
			}
			p = file(t, pcapFile(t, layers.LinkTypeEthernet, others), nil)
			if got, want := p.warnings[len(p.warnings)-1], "none of the 3 packets is TCP: 3 are "+tt.alone; !strings.HasPrefix(got, want) {
				t.Errorf("alone: %q, want %q", got, want)
			}
		})
	}
}

// TestOtherPackets has a capture without TCP, and packets that are damaged.
func TestOtherPackets(t *testing.T) {
	var packets []packet
	for i, protocol := range []layers.IPProtocol{1, 2, 89, 103, 112, 132, 200} {
		packets = append(packets, repeated(i+1, serialize(t, append(outer(protocol), gopacket.Payload("other"))...))...)
	}
	p := file(t, pcapFile(t, layers.LinkTypeEthernet, packets), nil)
	wants(t, p.lines())
	wants(t, p.warnings, "none of the 28 packets is TCP: 7 are of IP protocol 200, 6 are SCTP, 5 are VRRP, 4 are of IP protocol 103, 3 are OSPF, 3 are others")

	cut := serialize(t, append(outer(6), gopacket.Payload("short"))...)[:20]
	p = file(t, pcapFile(t, layers.LinkTypeEthernet, repeated(1, cut)), nil)
	wants(t, p.warnings, "1 packet was left out: its headers are damaged", "none of the 1 packets is TCP")
	p = file(t, pcapFile(t, layers.LinkTypeEthernet, nil), nil)
	wants(t, p.warnings, "there are no packets in the capture")
}

// TestOtherLinks has a capture of each link type, and packets that may be anything: each
// type that is not read is named, with what to do.
func TestOtherLinks(t *testing.T) {
	names := make(map[string]int)
	for link := range 300 {
		p := file(t, pcapFile(t, layers.LinkType(link), repeated(2, make([]byte, 60))), nil)
		switch first := p.warnings[0]; {
		case !strings.Contains(first, "link type"):
			names[""]++
		case !strings.HasPrefix(first, "2 packets were left out: link type ") || !strings.Contains(first, "capture"):
			t.Errorf("link type %d: %q", link, p.warnings)
		default:
			_, name, _ := strings.Cut(first, "(")
			name, _, _ = strings.Cut(name, ")")
			names[name]++
		}
	}
	for _, name := range []string{"IEEE802_11", "IEEE802_11_RADIOTAP", "PKTAP", "USB_LINUX", "BLUETOOTH_HCI_H4", "NETLINK", "PFLOG", "LINKTYPE_299"} {
		if names[name] == 0 {
			t.Errorf("no link type has the name %s", name)
		}
	}
	if read := names[""]; read != 14 {
		t.Errorf("%d link types are read", read)
	}
}

// TestManyKinds has more kinds of packets than are counted apart.
func TestManyKinds(t *testing.T) {
	var packets []packet
	for typ := range 2000 {
		packets = append(packets, packet{at: began, data: serialize(t, macs(layers.EthernetType(0x9200+typ)), gopacket.Payload("other"))})
	}
	p := file(t, pcapFile(t, layers.LinkTypeEthernet, packets), nil)
	if len(p.warnings) != 1 || !strings.HasPrefix(p.warnings[0], "none of the 2000 packets is TCP: 1744 are of other kinds, 1 is ") {
		t.Errorf("%q", p.warnings)
	}
}
