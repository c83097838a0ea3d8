package replay_test

import (
	"encoding/binary"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// framings returns all that a capture's packets may be framed in, by name.
func framings() map[string]framing {
	below := func(stack func(ip layers.EthernetType) []gopacket.SerializableLayer) framing {
		return framing{link: layers.LinkTypeEthernet, below: stack}
	}
	vlan := func(id uint16, typ layers.EthernetType) *layers.Dot1Q {
		return &layers.Dot1Q{VLANIdentifier: id, Type: typ}
	}
	cooked := func(ip layers.EthernetType) []gopacket.SerializableLayer {
		header := make([]byte, 16)
		header[5] = 6
		binary.BigEndian.PutUint16(header[14:], uint16(ip))
		return []gopacket.SerializableLayer{gopacket.Payload(header)}
	}
	cooked2 := func(ip layers.EthernetType) []gopacket.SerializableLayer {
		header := make([]byte, 20)
		binary.BigEndian.PutUint16(header, uint16(ip))
		header[7], header[11] = 1, 6
		return []gopacket.SerializableLayer{gopacket.Payload(header)}
	}
	return map[string]framing{
		"Ethernet": ethernet(),
		"VLAN": below(func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{macs(layers.EthernetTypeDot1Q), vlan(7, ip)}
		}),
		"QinQ": below(func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{macs(layers.EthernetTypeQinQ), vlan(7, layers.EthernetTypeDot1Q), vlan(8, ip)}
		}),
		"QinQ with the old tag": below(func(ip layers.EthernetType) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{macs(0x9100), vlan(7, layers.EthernetTypeDot1Q), vlan(8, ip)}
		}),
		"SLL":         {link: layers.LinkTypeLinuxSLL, below: cooked},
		"SLL2":        {link: layers.LinkTypeLinuxSLL2, below: cooked2},
		"BSD":         {link: layers.LinkTypeNull, raw: []byte{2, 0, 0, 0}},
		"BSD, big":    {link: layers.LinkTypeNull, raw: []byte{0, 0, 0, 30}},
		"OpenBSD":     {link: layers.LinkTypeLoop, raw: []byte{0, 0, 0, 2}},
		"raw":         {link: layers.LinkTypeRaw},
		"raw, BSD":    {link: 12},
		"raw by type": {link: 228}, // LINKTYPE_IPV4; the tests with IPv6 have another
	}
}

// TestLinks replays the same session in each framing, in IPv4 and IPv6.
func TestLinks(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	for name, f := range framings() {
		t.Run(name, func(t *testing.T) {
			segments := segmentsOf(tp, 1460, 1)
			file(t, pcapFile(t, f.link, packetsOf(t, f, routeOf(50000), segments)), tp.keys).isWhole(t, tp)
			if f.link == 228 {
				f.link = 229
			}
			p := file(t, pcapFile(t, f.link, packetsOf(t, f, route6(), segments)), tp.keys)
			p.isWhole(t, tp)
			if got := p.lines()[0]; got != "1 opened [2001:db8::1]:50000 [2001:db8::2]:443" {
				t.Error(got)
			}
		})
	}
}

// TestIPHeaders has IP headers with all that may stand in them.
func TestIPHeaders(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 3000))
	// insert puts extension headers between an IPv6 header and TCP.
	insert := func(first byte, headers []byte) func([]byte) []byte {
		return func(ip []byte) []byte {
			out := append(append(append([]byte(nil), ip[:40]...), headers...), ip[40:]...)
			out[6] = first
			binary.BigEndian.PutUint16(out[4:], uint16(len(out)-40))
			return out
		}
	}
	for _, tt := range []struct {
		name  string
		route route
		alter func([]byte) []byte
	}{
		{"IPv4 with options", routeOf(50000), func(ip []byte) []byte {
			out := append(append(append([]byte(nil), ip[:20]...), 1, 1, 1, 0), ip[20:]...)
			out[0] = 0x46
			binary.BigEndian.PutUint16(out[2:], uint16(len(out)))
			return out
		}},
		{"IPv4 of length 0", routeOf(50000), lengthless},
		{"IPv6 of length 0", route6(), lengthless},
		{"padding behind", routeOf(50000), func(ip []byte) []byte { return append(ip, make([]byte, 46)...) }},
		{"padding behind, IPv6", route6(), func(ip []byte) []byte { return append(ip, make([]byte, 46)...) }},
		{"hop-by-hop, destination options, routing", route6(), insert(0, []byte{
			60, 0, 1, 4, 0, 0, 0, 0, // hop-by-hop: PadN
			43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // destination
			6, 0, 0, 0, 0, 0, 0, 0, // routing
		})},
		{"authentication header", route6(), insert(51, []byte{6, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := ethernet()
			f.alter = tt.alter
			packets := packetsOf(t, f, tt.route, segmentsOf(tp, 1460, 1))
			file(t, pcapFile(t, f.link, packets), tp.keys).isWhole(t, tp)
		})
	}
}

// lengthless takes the length out of an IP header, as a sender does that leaves it
// to its network card. Short packets, which Ethernet pads, keep theirs.
func lengthless(ip []byte) []byte {
	switch {
	case len(ip) < 64:
	case ip[0]>>4 == 4:
		ip[2], ip[3] = 0, 0
	default:
		ip[4], ip[5] = 0, 0
	}
	return ip
}

// TestOffload has segments that are longer than a packet can be, as they are
// captured before the sender's network card cuts them.
func TestOffload(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 40, 60_000))
	for _, r := range []route{routeOf(50000), route6()} {
		f := ethernet()
		f.alter = lengthless
		c := connect(200_000, 5)
		var joined []byte
		for i, w := range tp.writes { // what one side says in one go
			joined = append(joined, w.data...)
			if i+1 == len(tp.writes) || tp.writes[i+1].dir != w.dir {
				c.send(w.dir, joined)
				joined = nil
			}
		}
		c.fin()
		long := 0
		packets := bigPacketsOf(t, f, r, c.segments, &long)
		if long == 0 {
			t.Fatal("no segment is longer than a packet can be")
		}
		file(t, pcapFile(t, f.link, packets), tp.keys).isWhole(t, tp)
	}
}

// bigPacketsOf is packetsOf for segments that are too long for gopacket to
// serialise: it gives them the headers of short ones, and counts them.
func bigPacketsOf(t *testing.T, f framing, r route, segments []segment, long *int) (packets []packet) {
	t.Helper()
	for _, s := range segments {
		data := s.data
		if len(data) > 60_000 {
			s.data = data[:1000]
			*long++
		}
		head := encode(t, f, r, s)
		if len(s.data) < len(data) {
			head = append(head, data[len(s.data):]...)
		}
		packets = append(packets, packet{at: s.at, data: head})
	}
	return packets
}
