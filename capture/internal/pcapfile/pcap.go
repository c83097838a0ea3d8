package pcapfile

import (
	"encoding/binary"
	"fmt"
)

// The lengths of the two headers, in bytes (draft-ietf-opsawg-pcap, sections 4 and
// 5).
const (
	fileHeaderLen   = 24
	recordHeaderLen = 16
)

// A pcap walks the packet records of a pcap file.
type pcap struct {
	order binary.ByteOrder
	iface Interface
	ready bool // the file header was read
}

// newPcap returns the walker for a pcap file that begins with magic, nil where that
// is not one of pcap: it tells the byte order, and the unit of the time stamps.
func newPcap(magic []byte) *pcap {
	for _, order := range [...]binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(magic) {
		case 0xa1b2c3d4:
			return &pcap{order: order, iface: Interface{ticks: resolution{power: 6}}}
		case 0xa1b23c4d:
			return &pcap{order: order, iface: Interface{ticks: resolution{power: 9}}}
		}
	}
	return nil
}

// walk implements walker.
func (w *pcap) walk(c *Chunk, b []byte, offset int64) (n int64, err error) {
	all := len(b)
	if !w.ready {
		if len(b) < fileHeaderLen {
			return 0, nil
		}
		if major := w.order.Uint16(b[4:]); major != 2 {
			return 0, &FormatError{Offset: 4, Reason: fmt.Sprintf("version %d of the pcap format is not known", major)}
		}
		// The upper bits are about the frame check sequence.
		w.iface.LinkType = uint16(w.order.Uint32(b[20:]))
		w.ready = true
		b = b[fileHeaderLen:]
	}
	for len(b) >= recordHeaderLen {
		at := offset + int64(all-len(b))
		captured := w.order.Uint32(b[8:])
		if captured > MaxBlock {
			return int64(all - len(b)), &FormatError{Offset: at, Reason: fmt.Sprintf("a packet of %d bytes", captured)}
		}
		end := recordHeaderLen + int(captured)
		if end > len(b) {
			break
		}
		seconds, fraction := w.order.Uint32(b), w.order.Uint32(b[4:])
		c.Packets = append(c.Packets, Packet{
			Time:      int64(seconds)*nanosPerSecond + w.iface.ticks.nanos(uint64(fraction)),
			Data:      b[recordHeaderLen:end:end],
			Length:    max(int(w.order.Uint32(b[12:])), int(captured)),
			Interface: &w.iface,
			Offset:    at,
		})
		b = b[end:]
	}
	return int64(all - len(b)), nil
}

// begun implements walker.
func (*pcap) begun(offset int64) int64 { return offset }
