package pcaptest

import (
	"bytes"
	"encoding/binary"

	"github.com/gopacket/gopacket/layers"
)

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
