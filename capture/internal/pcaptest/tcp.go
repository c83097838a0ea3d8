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
// packet that is not TCP over IP, or whose headers are cut, ok is false, and only ip counts.
type view struct {
	ok                   bool
	v6                   bool
	ip, tcp, data        int // offsets into the packet; ip is -1 where there is no IP
	end                  int // where the IP packet ends on the wire: behind the packet where that is cut
	src, dst             netip.AddrPort
	seq, ack             uint32
	flags                byte
	from                 protocol.Peer // who sent it
	connection           [2]netip.AddrPort
	acknowledges, offers bool // its ACK flag; a SYN without ACK
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
	v := view{ip: -1}
	at := 0
	for _, l := range gopacket.NewPacket(b, link, gopacket.DecodeOptions{NoCopy: true}).Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			v.ip, v.v6 = at, false
			v.end = at + int(l.Length)
			if l.Length == 0 {
				v.end = len(b)
			}
			src, _ := netip.AddrFromSlice(l.SrcIP)
			dst, _ := netip.AddrFromSlice(l.DstIP)
			v.src, v.dst = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
		case *layers.IPv6:
			v.ip, v.v6 = at, true
			v.end = at + len(l.Contents) + int(l.Length)
			if l.Length == 0 {
				v.end = len(b)
			}
			src, _ := netip.AddrFromSlice(l.SrcIP)
			dst, _ := netip.AddrFromSlice(l.DstIP)
			v.src, v.dst = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
		case *layers.TCP:
			v.ok = v.ip >= 0
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
	setLength(b[v.ip:], v.v6)
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
	addresses := b[v.ip+12 : v.ip+20]
	if v.v6 {
		addresses = b[v.ip+8 : v.ip+40]
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
