package replay

import (
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/internal/pcapfile"
)

// An outcome says what became of a packet.
type outcome uint8

const (
	isTCP      outcome = iota
	isOther            // it is none of TCP, or in what is not read: see decoder.other
	isFragment         // it is a fragment of an IP packet, whose others are to come
	isCut              // its headers are cut
	isDamaged          // its headers make no sense
)

// maxDepth is how many encapsulations of a packet are read.
const maxDepth = 8

// A decoder reads packets down to TCP, with gopacket's layers, where they decode without
// allocation. It chains these itself, and not with gopacket's DecodingLayerParser: that
// drops IPv6 packets without a length, which a sender with segmentation offload captures,
// and knows no end of encapsulations.
//
// Each of its methods reads one layer, of which b was captured, and left is how long it was
// on the wire with all that it holds, and goes on with the next. So the addresses are those
// of the innermost IP packet.
type decoder struct {
	eth   layers.Ethernet
	vlan  layers.Dot1Q
	sll   layers.LinuxSLL
	sll2  layers.LinuxSLL2
	ip4   layers.IPv4
	ip6   layers.IPv6
	tcp   layers.TCP
	udp   layers.UDP
	vxlan layers.VXLAN
	gre   layers.GRE

	fragments *fragments

	// Of the packet that is read:
	at    int64 // nanoseconds since 1970
	depth int   // how many encapsulations it is in, so far
	ends  *path
	out   *packet
	other kind   // what it is, where it is none of TCP
	sum   []byte // of TCP: header and payload, over which its checksum goes; nil where they are cut
}

// newDecoder returns a decoder that remembers no fragments yet.
func newDecoder() decoder { return decoder{fragments: newFragments()} }

// decode reads a packet. Where it is TCP, ends says who sent it to whom, and out what it
// carries; the memory is the packet's, or, where it was in fragments, its own. gopacket's
// layers may panic on crafted packets: those are damaged.
func (d *decoder) decode(p *pcapfile.Packet, ends *path, out *packet) (o outcome) {
	defer func() {
		if recover() != nil {
			o = isDamaged
		}
	}()
	d.at, d.depth, d.ends, d.out = p.Time, 0, ends, out
	return d.link(p.Interface.LinkType, p.Data, p.Length)
}

// deeper notes one more encapsulation, and returns false where there are too many.
func (d *decoder) deeper() bool {
	d.depth++
	return d.depth <= maxDepth
}

// is returns the outcome for a packet that is none of TCP, and notes what it is.
func (d *decoder) is(l layer, number uint16) outcome {
	d.other = kind{l, number}
	return isOther
}

// fails returns the outcome for a layer that can't be read, of which b was captured.
func (d *decoder) fails(b []byte, left int) outcome {
	if len(b) < left {
		return isCut
	}
	return isDamaged
}

// segment reads a TCP packet.
func (d *decoder) segment(b []byte, left int) outcome {
	if d.tcp.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return d.fails(b, left)
	}
	t, out := &d.tcp, d.out
	d.ends.from.port, d.ends.to.port = uint16(t.SrcPort), uint16(t.DstPort)
	if d.sum = b; len(b) != left {
		d.sum = nil
	}
	g := &out.segment
	g.Seq, g.Payload, g.SYN, g.FIN, g.Doubtful = t.Seq, t.Payload, t.SYN, t.FIN, false
	g.Length = max(left-len(t.Contents), len(t.Payload))
	if t.RST {
		// It may say in words why (RFC 9293, section 3.5.3). Those are none of the stream's.
		g.Payload, g.Length = nil, 0
	}
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
