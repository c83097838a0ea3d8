package pcaptest

import (
	"bytes"
	"encoding/binary"

	"github.com/gopacket/gopacket/layers"
)

// Fragment returns the capture with IP packets that are longer than mtu, in bytes, cut into
// fragments (RFC 791, section 3.2; RFC 8200, section 4.5). Segments that are too long for a
// network with that are cut so, too.
func (c Capture) Fragment(mtu int) Capture {
	out := Capture{Link: c.Link}
	for i, v := range c.views() {
		p := c.Packets[i]
		if v.ip < 0 || v.end > len(p.Data) || v.end-v.ip <= mtu {
			out.Packets = append(out.Packets, p)
			continue
		}
		cut := fragments4
		if v.v6 {
			cut = fragments6
		}
		for _, ip := range cut(p.Data[v.ip:v.end], mtu, uint32(i+1)) {
			b := append(bytes.Clone(p.Data[:v.ip]), ip...)
			out.Packets = append(out.Packets, Packet{At: p.At, Data: b, Length: len(b)})
		}
	}
	return out
}

// eighths returns how many of n bytes a fragment other than the last can have.
func eighths(n int) int { return max(n, 8) &^ 7 }

// fragments4 cuts an IPv4 packet.
func fragments4(ip []byte, mtu int, id uint32) (cut [][]byte) {
	const (
		more        = 0x2000
		protocolsID = 4 // where the identification stands, and behind it flags and offset
	)
	header := 4 * int(ip[0]&15)
	body := ip[header:]
	step := eighths(mtu - header)
	for at := 0; at < len(body); at += step {
		end, flags := min(at+step, len(body)), uint16(0)
		if end < len(body) {
			flags = more
		}
		f := append(bytes.Clone(ip[:header]), body[at:end]...)
		binary.BigEndian.PutUint16(f[protocolsID:], uint16(id))
		binary.BigEndian.PutUint16(f[protocolsID+2:], flags|uint16(at/8))
		setLength(f, false)
		cut = append(cut, f)
	}
	return cut
}

// fragments6 cuts an IPv6 packet, which has no extension headers.
func fragments6(ip []byte, mtu int, id uint32) (cut [][]byte) {
	const header, extension, next = 40, 8, 6
	body := ip[header:]
	step := eighths(mtu - header - extension)
	for at := 0; at < len(body); at += step {
		end, more := min(at+step, len(body)), uint16(0)
		if end < len(body) {
			more = 1
		}
		f := append(bytes.Clone(ip[:header]), ip[next], 0)
		f = binary.BigEndian.AppendUint16(f, uint16(at)|more)
		f = binary.BigEndian.AppendUint32(f, id)
		f = append(f, body[at:end]...)
		f[next] = byte(layers.IPProtocolIPv6Fragment)
		setLength(f, true)
		cut = append(cut, f)
	}
	return cut
}
