package replay_test

import (
	"cmp"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/protocol"
)

// A segment is a TCP packet before it is put into IP and a link layer.
type segment struct {
	at       time.Time
	dir      protocol.Direction
	seq, ack uint32
	flags    string // of "SAFR"
	data     []byte
	window   uint16 // 0 stands for 65535
	shut     bool   // the window is 0
	scale    byte   // of a SYN; 0: windows are not scaled
	comment  string // in a pcapng file
	iface    int    // in a pcapng file
}

// A route has the two endpoints of a connection.
type route struct{ client, server netip.AddrPort }

func routeOf(port uint16) route {
	return route{
		netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), port),
		netip.MustParseAddrPort("10.0.0.2:8443"),
	}
}

func route6() route {
	return route{netip.MustParseAddrPort("[2001:db8::1]:50000"), netip.MustParseAddrPort("[2001:db8::2]:443")}
}

// began is when synthetic captures begin.
var began = time.Date(2025, 11, 3, 12, 0, 0, 123456789, time.UTC)

// A tcp makes segments of what is sent.
type tcp struct {
	mss      int
	at       time.Time
	next     protocol.ByDirection[uint32]
	segments []segment
}

// connect begins a connection with a handshake.
func connect(mss int, isn uint32) *tcp {
	c := &tcp{mss: mss, at: began, next: protocol.ByDirection[uint32]{isn, ^isn}}
	c.add(up, "S", nil)
	c.add(down, "SA", nil)
	c.add(up, "A", nil)
	return c
}

// add adds a segment, a millisecond after the last.
func (c *tcp) add(dir protocol.Direction, flags string, data []byte) {
	c.segments = append(c.segments, segment{
		at: c.at, dir: dir, seq: c.next[dir], ack: c.next[dir.Reverse()], flags: flags, data: data,
	})
	c.at = c.at.Add(time.Millisecond)
	c.next[dir] += uint32(len(data))
	for _, f := range flags {
		if f == 'S' || f == 'F' {
			c.next[dir]++
		}
	}
}

// send sends bytes, and has them acknowledged.
func (c *tcp) send(dir protocol.Direction, data []byte) {
	for len(data) > 0 {
		n := min(len(data), c.mss)
		c.add(dir, "A", data[:n])
		data = data[n:]
	}
	c.add(dir.Reverse(), "A", nil)
}

// play sends a tape.
func (c *tcp) play(tp *tape) {
	for _, w := range tp.writes {
		c.send(w.dir, w.data)
	}
}

// fin ends the connection in good order.
func (c *tcp) fin() {
	c.add(up, "FA", nil)
	c.add(down, "FA", nil)
	c.add(up, "A", nil)
}

// segmentsOf returns the segments of a whole connection.
func segmentsOf(tp *tape, mss int, isn uint32) []segment {
	c := connect(mss, isn)
	c.play(tp)
	c.fin()
	return c.segments
}

// A framing says how segments become packets.
type framing struct {
	link  layers.LinkType
	below func(ip layers.EthernetType) []gopacket.SerializableLayer // returns the layers below IP
	raw   []byte                                                    // stands before them
	alter func(ip []byte) []byte                                    // changes the IP packet; may be nil
}

// encode returns a segment as a packet.
func encode(t testing.TB, f framing, r route, s segment) []byte {
	t.Helper()
	from, to := r.client, r.server
	if s.dir == down {
		from, to = to, from
	}
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(from.Port()), DstPort: layers.TCPPort(to.Port()),
		Seq: s.seq, Ack: s.ack, Window: cmp.Or(s.window, 65535),
	}
	if s.shut {
		tcp.Window = 0
	}
	for _, c := range s.flags {
		switch c {
		case 'S':
			tcp.SYN = true
			tcp.Options = []layers.TCPOption{{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{5, 180}}}
			if s.scale > 0 {
				tcp.Options = append(tcp.Options, layers.TCPOption{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{s.scale}})
			}
		case 'A':
			tcp.ACK = true
		case 'F':
			tcp.FIN = true
		case 'R':
			tcp.RST = true
		}
	}
	var ip gopacket.SerializableLayer
	typ := layers.EthernetTypeIPv4
	if from.Addr().Is4() {
		ip4 := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice()}
		_ = tcp.SetNetworkLayerForChecksum(ip4)
		ip = ip4
	} else {
		ip6 := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice()}
		_ = tcp.SetNetworkLayerForChecksum(ip6)
		typ = layers.EthernetTypeIPv6
		ip = ip6
	}
	packet := serialize(t, ip, tcp, gopacket.Payload(s.data))
	if f.alter != nil {
		packet = f.alter(packet)
	}
	var below []gopacket.SerializableLayer
	if f.below != nil {
		below = f.below(typ)
	}
	return append(append([]byte(nil), f.raw...), serialize(t, append(below, gopacket.Payload(packet))...)...)
}

func serialize(t testing.TB, stack ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, stack...); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// ethernet is the framing of plain Ethernet.
func ethernet() framing {
	return framing{link: layers.LinkTypeEthernet, below: func(ip layers.EthernetType) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{macs(ip)}
	}}
}

func macs(typ layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: []byte{2, 0, 0, 0, 0, 1}, DstMAC: []byte{2, 0, 0, 0, 0, 2}, EthernetType: typ}
}
