package replay

import (
	"bytes"
	"slices"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/internal/pcapfile"
)

// deep returns Ethernet frames with TCP in encapsulations, by name.
func deep(t testing.TB) map[string][]byte {
	t.Helper()
	type stack = []gopacket.SerializableLayer
	eth := func(typ layers.EthernetType) *layers.Ethernet {
		return &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: typ}
	}
	ip := func(protocol layers.IPProtocol) *layers.IPv4 {
		return &layers.IPv4{Version: 4, TTL: 9, Protocol: protocol, SrcIP: []byte{10, 0, 0, 1}, DstIP: []byte{10, 0, 0, 2}}
	}
	udp := func(port layers.UDPPort) stack {
		outer := ip(layers.IPProtocolUDP)
		u := &layers.UDP{SrcPort: 9, DstPort: port}
		_ = u.SetNetworkLayerForChecksum(outer)
		return stack{eth(layers.EthernetTypeIPv4), outer, u}
	}
	inner := ip(layers.IPProtocolTCP)
	tcp := &layers.TCP{SrcPort: 50000, DstPort: 443, ACK: true}
	_ = tcp.SetNetworkLayerForChecksum(inner)
	plain := stack{inner, tcp, gopacket.Payload("payload")}
	frame := append(stack{eth(layers.EthernetTypeIPv4)}, plain...)
	option := []*layers.GeneveOption{{Length: 8, Data: make([]byte, 4)}}
	extension := []layers.GTPExtensionHeader{{Type: 0x85, Content: []byte{1, 2}}}
	out := make(map[string][]byte)
	for name, s := range map[string]stack{
		"plain":  frame,
		"VLAN":   append(stack{eth(layers.EthernetTypeDot1Q), &layers.Dot1Q{Type: layers.EthernetTypeIPv4}}, plain...),
		"IPIP":   append(stack{eth(layers.EthernetTypeIPv4), ip(layers.IPProtocolIPv4)}, plain...),
		"VXLAN":  slices.Concat(udp(portVXLAN), stack{&layers.VXLAN{ValidIDFlag: true}}, frame),
		"Geneve": slices.Concat(udp(portGeneve), stack{&layers.Geneve{Protocol: layers.EthernetTypeIPv4, OptionsLength: 8, Options: option}}, plain),
		"GTP-U":  slices.Concat(udp(portGTPU), stack{&layers.GTPv1U{Version: 1, MessageType: 255, GTPExtensionHeaders: extension}}, plain),
		"ERSPAN": slices.Concat(stack{eth(layers.EthernetTypeIPv4), ip(layers.IPProtocolGRE), &layers.GRE{Protocol: layers.EthernetTypeERSPAN, SeqPresent: true, KeyPresent: true}, &layers.ERSPANII{Version: 1}}, frame),
		"MPLS":   append(stack{eth(layers.EthernetTypeMPLSUnicast), &layers.MPLS{Label: 20, StackBottom: true}}, plain...),
		"PPPoE":  append(stack{eth(layers.EthernetTypePPPoESession), &layers.PPPoE{Version: 1, Type: 1}, gopacket.Payload{0, 0x21}}, plain...),
	} {
		buf := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, s...); err != nil {
			t.Fatal(err)
		}
		out[name] = bytes.Clone(buf.Bytes())
	}
	return out
}

// TestDecodeAllocatesNothing has packets in each encapsulation, and some that are left out.
func TestDecodeAllocatesNothing(t *testing.T) {
	d := newDecoder()
	var (
		ends path
		out  packet
	)
	for name, b := range deep(t) {
		p := &pcapfile.Packet{Data: b, Length: len(b), Interface: &pcapfile.Interface{LinkType: linkEthernet}}
		if o := d.decode(p, &ends, &out); o != isTCP || string(out.segment.Payload) != "payload" || out.segment.Length != 7 || d.sum == nil {
			t.Errorf("%s: outcome %d, payload %q of %d bytes", name, o, out.segment.Payload, out.segment.Length)
		}
		if n := testing.AllocsPerRun(100, func() { d.decode(p, &ends, &out) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// FuzzDecode reads arbitrary packets of all link types: what comes of one is part of it, and
// the same for one that is read again, unless it is a fragment.
func FuzzDecode(f *testing.F) {
	for _, b := range deep(f) {
		f.Add(uint16(linkEthernet), b, 0)
		f.Add(uint16(linkRaw), b[14:], 9)
		f.Add(uint16(linkPPPoE), append([]byte{0x11, 0, 0, 0, 0, 0, 0, 0x21}, b[14:]...), 0)
	}
	f.Add(uint16(linkNFLog), []byte{2, 0, 0, 0, 8, 0, 9, 0, 0x45, 0, 0, 0}, 0)
	f.Add(uint16(linkNFLog), []byte{2, 0, 0, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, 0)
	f.Add(uint16(linkSLL2), append([]byte{0x88, 0x47}, make([]byte, 40)...), 0)
	f.Add(uint16(linkRaw), append([]byte{0x60, 0, 0, 0, 0, 80, 44, 1}, make([]byte, 80)...), 0)
	f.Add(uint16(linkRaw), append([]byte{0x45, 0, 0, 28, 0, 1, 0x20, 0, 9, 4, 0, 0}, make([]byte, 16)...), 0)
	f.Fuzz(func(t *testing.T, link uint16, b []byte, more int) {
		d := newDecoder()
		var (
			ends, endsAgain path
			out, again      packet
		)
		p := &pcapfile.Packet{Data: b, Length: len(b) + max(more, 0)&0xffff, Interface: &pcapfile.Interface{LinkType: link}}
		o := d.decode(p, &ends, &out)
		if o != isTCP {
			return
		}
		if g := &out.segment; len(g.Payload) > len(b) || len(g.Payload) > g.Length || g.Length > 1<<17+len(b) || len(d.sum) > len(b) {
			t.Fatalf("%d bytes of payload, of %d; the packet has %d", len(g.Payload), g.Length, len(b))
		}
		if o := d.decode(p, &endsAgain, &again); o != isTCP || ends != endsAgain || !bytes.Equal(out.segment.Payload, again.segment.Payload) {
			t.Fatalf("outcome %d, %v, when it is read again", o, endsAgain)
		}
	})
}
