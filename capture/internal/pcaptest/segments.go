package pcaptest

import (
	"bytes"
	"encoding/binary"
	"slices"

	"anytls-inspect/protocol"
)

// Cut returns the capture as one with this snap length, in bytes, has it.
func (c Capture) Cut(snap int) Capture {
	out := Capture{Link: c.Link, Packets: slices.Clone(c.Packets)}
	for i := range out.Packets {
		p := &out.Packets[i]
		p.Data = p.Data[:min(snap, len(p.Data))]
	}
	return out
}

// Segment returns the capture with the segments that a network with this maximum segment
// size, in bytes, has: a capture from the sender's machine, or from loopback, has longer
// ones. Those inside a tunnel stay as they are.
func (c Capture) Segment(mss int) Capture {
	out := Capture{Link: c.Link}
	for i, v := range c.views() {
		p := c.Packets[i]
		if !v.ok || v.outer != v.ip || v.end > len(p.Data) || v.length() <= mss {
			out.Packets = append(out.Packets, p)
			continue
		}
		payload := p.Data[v.data:v.end]
		for at := 0; at < len(payload); at += mss {
			end, flags := min(at+mss, len(payload)), v.flags
			if end < len(payload) {
				flags &^= flagFIN | flagPSH
			}
			out.Packets = append(out.Packets, v.remade(p, v.seq+uint32(at), flags, payload[at:end]))
		}
	}
	return out
}

// Fragment returns the capture with IP packets that are longer than mtu, in bytes, cut into
// fragments (RFC 791, section 3.2; RFC 8200, section 4.5). Segments that are too long for a
// network with that are cut so, too.
func (c Capture) Fragment(mtu int) Capture {
	out := Capture{Link: c.Link}
	for i, v := range c.views() {
		p := c.Packets[i]
		o := v.outer
		if o.at < 0 || o.end > len(p.Data) || o.end-o.at <= mtu {
			out.Packets = append(out.Packets, p)
			continue
		}
		cut := fragments4
		if o.v6 {
			cut = fragments6
		}
		for _, ip := range cut(p.Data[o.at:o.end], mtu, uint32(i+1)) {
			b := append(bytes.Clone(p.Data[:o.at]), ip...)
			out.Packets = append(out.Packets, Packet{At: p.At, Data: b, Length: len(b)})
		}
	}
	return out
}

// Checksums returns the capture with TCP checksums that are right. Those of a capture from
// the sender's machine, or from loopback, are not.
func (c Capture) Checksums() Capture {
	return c.alter(nil, func(v *view, b []byte) {
		binary.BigEndian.PutUint16(b[v.tcp+16:], v.checksum(b))
	})
}

// BadChecksum returns the capture with TCP checksums that are wrong, of some packets by their
// numbers from 0, or else of all.
func (c Capture) BadChecksum(numbers ...int) Capture {
	return c.alter(numbers, func(v *view, b []byte) {
		binary.BigEndian.PutUint16(b[v.tcp+16:], v.checksum(b)+1)
	})
}

// alter changes copies of TCP packets: some by their numbers, or else all.
func (c Capture) alter(numbers []int, how func(*view, []byte)) Capture {
	out := Capture{Link: c.Link, Packets: slices.Clone(c.Packets)}
	for i, v := range c.views() {
		p := &out.Packets[i]
		if v.ok && v.end <= len(p.Data) && (len(numbers) == 0 || slices.Contains(numbers, i)) {
			p.Data = bytes.Clone(p.Data)
			how(&v, p.Data)
		}
	}
	return out
}

// Corrupt returns the capture with a damaged copy before some packets, by their numbers from
// 0: its payload is another, which its checksum does not fit. The receiver drops it, and the
// packet itself is the retransmission.
func (c Capture) Corrupt(numbers ...int) Capture {
	out := Capture{Link: c.Link}
	for i, v := range c.views() {
		p := c.Packets[i]
		if slices.Contains(numbers, i) && v.ok && v.end <= len(p.Data) && v.length() > 0 {
			damaged := Packet{At: p.At, Data: bytes.Clone(p.Data), Length: p.Length}
			for at := v.data; at < v.end; at += 2 {
				damaged.Data[at] ^= 0x5a
			}
			// Payload that changes at even places only could leave a sum as it is.
			binary.BigEndian.PutUint16(damaged.Data[v.tcp+16:], v.checksum(damaged.Data)+1)
			out.Packets = append(out.Packets, damaged)
		}
		out.Packets = append(out.Packets, p)
	}
	return out
}

// ResetWithText returns the capture as if behind a packet, by its number from 0, an end had
// reset the packet's connection: with text in the reset, which RFC 9293, section 3.5.3,
// allows. What the connection had behind it is gone.
func (c Capture) ResetWithText(after int, by protocol.Peer, text string) Capture {
	out := Capture{Link: c.Link}
	views := c.views()
	if after < 0 || after >= len(views) || !views[after].ok {
		return c
	}
	at := c.Packets[after].At
	connection, last := views[after].connection, -1
	for i, v := range views[:after+1] {
		if v.connection == connection && v.from == by {
			last = i
		}
		out.Packets = append(out.Packets, c.Packets[i])
	}
	if last >= 0 {
		v := &views[last]
		reset := v.remade(c.Packets[last], v.next(), flagRST|flagACK, []byte(text))
		reset.At = at
		out.Packets = append(out.Packets, reset)
	}
	for i := after + 1; i < len(views); i++ {
		if views[i].connection != connection {
			out.Packets = append(out.Packets, c.Packets[i])
		}
	}
	return out
}
