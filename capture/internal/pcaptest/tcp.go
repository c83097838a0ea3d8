package pcaptest

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/protocol"
)

// The flags of a TCP header.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// A view says where in a packet its headers begin, and what its TCP header says. Of a
// packet that is not TCP over IP, or whose headers are cut, ok is false, and only outer counts.
type view struct {
	ok                   bool
	outer                ip  // the first IP header
	ip                       // the one that TCP stands behind
	tcp, data            int // offsets into the packet
	src, dst             netip.AddrPort
	seq, ack             uint32
	flags                byte
	from                 protocol.Peer // who sent it
	connection           [2]netip.AddrPort
	acknowledges, offers bool // its ACK flag; a SYN without ACK
}

// An ip says where an IP packet lies.
type ip struct {
	v6  bool
	at  int // where it begins; -1 where there is none
	end int // where it ends on the wire: behind the captured packet where that is cut
}

// length returns how many bytes of the stream the packet has, as it was on the wire.
func (v *view) length() int { return max(v.end-v.data, 0) }

// next returns the sequence number behind the packet.
func (v *view) next() uint32 {
	n := v.seq + uint32(v.length())
	if v.flags&flagSYN != 0 {
		n++
	}
	if v.flags&flagFIN != 0 {
		n++
	}
	return n
}

// look reads the headers of a packet.
func look(link layers.LinkType, b []byte) view {
	v := view{outer: ip{at: -1}, ip: ip{at: -1}}
	at := 0
	for _, l := range gopacket.NewPacket(b, link, gopacket.DecodeOptions{NoCopy: true}).Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			v.behind(ip{false, at, at + int(l.Length)}, l.Length == 0, len(b))
			src, _ := netip.AddrFromSlice(l.SrcIP)
			dst, _ := netip.AddrFromSlice(l.DstIP)
			v.src, v.dst = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
		case *layers.IPv6:
			v.behind(ip{true, at, at + len(l.Contents) + int(l.Length)}, l.Length == 0, len(b))
			src, _ := netip.AddrFromSlice(l.SrcIP)
			dst, _ := netip.AddrFromSlice(l.DstIP)
			v.src, v.dst = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
		case *layers.TCP:
			v.ok = v.at >= 0
			v.tcp, v.data = at, at+len(l.Contents)
			v.src = netip.AddrPortFrom(v.src.Addr(), uint16(l.SrcPort))
			v.dst = netip.AddrPortFrom(v.dst.Addr(), uint16(l.DstPort))
			v.seq, v.ack = l.Seq, l.Ack
			v.flags = b[at+13]
			v.acknowledges = l.ACK
			v.offers = l.SYN && !l.ACK
			v.connection = [2]netip.AddrPort{v.src, v.dst}
			if v.dst.Compare(v.src) < 0 {
				v.connection = [2]netip.AddrPort{v.dst, v.src}
			}
			return v
		}
		at += len(l.LayerContents())
	}
	return v
}

// behind notes an IP header. Where it says no length, as a sender with segmentation offload
// leaves it, all that was captured counts.
func (v *view) behind(h ip, lengthless bool, captured int) {
	if lengthless {
		h.end = captured
	}
	if v.ip = h; v.outer.at < 0 {
		v.outer = h
	}
}

// views looks at all packets. The client of a connection is who sent the first SYN without
// ACK, or else the end with the higher port.
func (c Capture) views() []view {
	views := make([]view, len(c.Packets))
	clients := make(map[[2]netip.AddrPort]netip.AddrPort)
	for i, p := range c.Packets {
		views[i] = look(c.Link, p.Data)
		v := &views[i]
		if _, known := clients[v.connection]; v.ok && v.offers && !known {
			clients[v.connection] = v.src
		}
	}
	for i := range views {
		v := &views[i]
		if !v.ok {
			continue
		}
		client, known := clients[v.connection]
		if !known {
			client = v.connection[0]
			if v.connection[1].Port() > client.Port() {
				client = v.connection[1]
			}
		}
		v.from = protocol.Server
		if v.src == client {
			v.from = protocol.Client
		}
	}
	return views
}

// remade returns a copy of a packet with other payload, sequence number and flags. Its TCP
// checksum is right where that of the packet was, else it stays as it is.
func (v *view) remade(p Packet, seq uint32, flags byte, payload []byte) Packet {
	good := v.checksum(p.Data) == binary.BigEndian.Uint16(p.Data[v.tcp+16:])
	b := append(bytes.Clone(p.Data[:v.data]), payload...)
	binary.BigEndian.PutUint32(b[v.tcp+4:], seq)
	b[v.tcp+13] = flags
	setLength(b[v.at:], v.v6)
	made := *v
	made.end = len(b)
	if good {
		binary.BigEndian.PutUint16(b[v.tcp+16:], made.checksum(b))
	}
	return Packet{At: p.At, Data: b, Length: len(b)}
}

// setLength sets the length of an IP packet to what it is, and its header's checksum.
func setLength(ip []byte, v6 bool) {
	const header6 = 40
	if v6 {
		binary.BigEndian.PutUint16(ip[4:], uint16(len(ip)-header6))
		return
	}
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)))
	sumHeader(ip)
}

// sumHeader sets the checksum of an IPv4 header.
func sumHeader(ip []byte) {
	header := ip[:4*int(ip[0]&15)]
	header[10], header[11] = 0, 0
	binary.BigEndian.PutUint16(header[10:], ^fold(sum(0, header)))
}

// checksum returns the TCP checksum that the packet should have (RFC 9293, section 3.1).
func (v *view) checksum(b []byte) uint16 {
	segment := b[v.tcp:min(v.end, len(b))]
	const (
		protocolTCP = 6
		field       = 16 // where the checksum stands in the header
	)
	addresses := b[v.at+12 : v.at+20]
	if v.v6 {
		addresses = b[v.at+8 : v.at+40]
	}
	s := sum(protocolTCP+uint32(v.end-v.tcp), addresses)
	s = sum(sum(s, segment[:field]), segment[field+2:])
	return ^fold(s)
}

// sum adds bytes to a sum of the Internet's kind (RFC 1071). All but the last have to be of
// even number.
func sum(s uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		s += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) > 0 {
		s += uint32(b[0]) << 8
	}
	return s
}

func fold(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}

// A Segment is the TCP of a packet.
type Segment struct {
	Packet   int           // the packet's number, from 0
	Client   string        // host:port of the connection's client
	From     protocol.Peer // who sent it
	Seq, Ack uint32
	Payload  []byte // as much as was captured; it aliases the packet
	Length   int    // of the payload on the wire, in bytes
	SYN, FIN bool
	RST, ACK bool
}

// Segments returns the TCP of the packets that are TCP over IP, in their order.
func (c Capture) Segments() []Segment {
	var list []Segment
	for i, v := range c.views() {
		if !v.ok {
			continue
		}
		client, b := v.src, c.Packets[i].Data
		if v.from == protocol.Server {
			client = v.dst
		}
		list = append(list, Segment{
			Packet: i, Client: netip.AddrPortFrom(client.Addr().Unmap(), client.Port()).String(), From: v.from,
			Seq: v.seq, Ack: v.ack, Payload: b[min(v.data, len(b)):min(v.end, len(b))], Length: v.length(),
			SYN: v.flags&flagSYN != 0, FIN: v.flags&flagFIN != 0, RST: v.flags&flagRST != 0, ACK: v.acknowledges,
		})
	}
	return list
}
