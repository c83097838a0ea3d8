package pcapfile

import (
	"encoding/binary"
	"fmt"
)

// The types of pcapng blocks that are read. All others are left out.
const (
	blockSection   = 0x0a0d0d0a // the same in both byte orders
	blockInterface = 1
	blockOldPacket = 2 // obsolete
	blockSimple    = 3
	blockSecrets   = 10
	blockPacket    = 6
)

// secretsTLS is the type of secrets that are a TLS key log: "TLSK".
const secretsTLS = 0x544c534b

const (
	blockOverhead = 12 // type, and the length twice
	packetFixed   = 20 // of a packet block's body, before the packet
	simpleFixed   = 4
	// maxInterfaces bounds what a section may describe.
	maxInterfaces = 1 << 16
)

// A pcapng walks the blocks of a pcapng file.
type pcapng struct {
	order      binary.ByteOrder // of the section
	interfaces []*Interface     // of the section
	last       int64            // time of the last packet

	// Of a block that is left out: its length, which stands again at its end, and
	// where it begins. 0 where there is none.
	left   uint32
	leftAt int64
}

func (w *pcapng) walk(c *Chunk, b []byte, offset int64) (n int64, err error) {
	all := len(b)
	if w.left != 0 {
		if len(b) < 4 {
			return 0, nil
		}
		if err := w.ends(b[:4], w.left, w.leftAt); err != nil {
			return 0, err
		}
		b, w.left = b[4:], 0
	}
	for len(b) >= blockOverhead {
		at := offset + int64(all-len(b))
		length, typ, err := w.header(b, at)
		if err != nil {
			return int64(all - len(b)), err
		}
		if length > uint32(len(b)) {
			if known(typ) || len(b) < all {
				break
			}
			w.left, w.leftAt = length, at
			return int64(length) - 4, nil
		}
		end := int(length)
		if err := w.ends(b[end-4:], length, at); err != nil {
			return int64(all - len(b)), err
		}
		if err := w.block(c, typ, b[8:end-4:end-4], at); err != nil {
			return int64(all - len(b)), err
		}
		b = b[end:]
	}
	return int64(all - len(b)), nil
}

func (w *pcapng) begun(offset int64) int64 {
	if w.left != 0 {
		return w.leftAt
	}
	return offset
}

// ends compares what stands at the end of a block with its length.
func (w *pcapng) ends(b []byte, length uint32, at int64) error {
	if again := w.order.Uint32(b); again != length {
		return &FormatError{
			Offset: at,
			Reason: fmt.Sprintf("a block's length is %d at its start and %d at its end", length, again),
		}
	}
	return nil
}

// header returns type and length of the block that b, of at least 12 bytes,
// begins with; a section's sets the byte order. The length is one that can be.
func (w *pcapng) header(b []byte, at int64) (length, typ uint32, err error) {
	if binary.LittleEndian.Uint32(b) == blockSection {
		switch uint32(0x1a2b3c4d) {
		case binary.LittleEndian.Uint32(b[8:]):
			w.order = binary.LittleEndian
		case binary.BigEndian.Uint32(b[8:]):
			w.order = binary.BigEndian
		default:
			return 0, 0, &FormatError{Offset: at, Reason: "a section without its byte-order magic"}
		}
	}
	typ, length = w.order.Uint32(b), w.order.Uint32(b[4:])
	if length < blockOverhead || length%4 != 0 || known(typ) && length > MaxBlock {
		return 0, 0, &FormatError{Offset: at, Reason: fmt.Sprintf("a block of type %#x with a length of %d", typ, length)}
	}
	return length, typ, nil
}

func known(typ uint32) bool {
	switch typ {
	case blockSection, blockInterface, blockOldPacket, blockSimple, blockPacket, blockSecrets:
		return true
	default:
		return false
	}
}

// block takes the body of one block.
func (w *pcapng) block(c *Chunk, typ uint32, body []byte, at int64) error {
	malformed := func(reason string) error { return &FormatError{Offset: at, Reason: reason} }
	switch typ {
	case blockSection:
		if len(body) < 16 {
			return malformed("a section header that is too short")
		}
		if major := w.order.Uint16(body[4:]); major != 1 {
			return malformed(fmt.Sprintf("version %d of the pcapng format is not known", major))
		}
		w.interfaces = nil // the packets have the old ones
	case blockInterface:
		if len(body) < 8 {
			return malformed("an interface description that is too short")
		}
		if len(w.interfaces) >= maxInterfaces {
			return malformed("more interfaces than can be")
		}
		w.interfaces = append(w.interfaces, w.describe(body))
	case blockPacket, blockOldPacket:
		if len(body) < packetFixed {
			return malformed("a packet block that is too short")
		}
		index := w.order.Uint32(body)
		if typ == blockOldPacket {
			index = uint32(w.order.Uint16(body))
		}
		if index >= uint32(len(w.interfaces)) {
			return malformed(fmt.Sprintf("a packet of interface %d, which is not described", index))
		}
		iface := w.interfaces[index]
		w.last = iface.ticks.nanos(uint64(w.order.Uint32(body[4:]))<<32 | uint64(w.order.Uint32(body[8:])))
		captured, length := w.order.Uint32(body[12:]), w.order.Uint32(body[16:])
		if captured > uint32(len(body)-packetFixed) {
			return malformed(fmt.Sprintf("a packet of %d bytes in a block that has room for %d", captured, len(body)-packetFixed))
		}
		end := packetFixed + int(captured)
		p := Packet{
			Time: w.last, Data: body[packetFixed:end:end], Length: max(int(length), int(captured)),
			Interface: iface, Offset: at,
		}
		if rest := body[min((end+3)&^3, len(body)):]; len(rest) > 0 {
			p.Comment = w.option(rest, optComment)
		}
		c.Packets = append(c.Packets, p)
	case blockSimple:
		if len(body) < simpleFixed || len(w.interfaces) == 0 {
			return malformed("a simple packet block without an interface, or too short")
		}
		iface := w.interfaces[0]
		length := w.order.Uint32(body)
		captured := min(length, uint32(len(body)-simpleFixed))
		if iface.snap != 0 {
			captured = min(captured, iface.snap)
		}
		end := simpleFixed + int(captured)
		c.Packets = append(c.Packets, Packet{
			Time: w.last, Data: body[simpleFixed:end:end], Length: int(length), Interface: iface, Offset: at,
		})
	case blockSecrets:
		if len(body) < 8 {
			return malformed("a secrets block that is too short")
		}
		size := w.order.Uint32(body[4:])
		if size > uint32(len(body)-8) {
			return malformed(fmt.Sprintf("secrets of %d bytes in a block that has room for %d", size, len(body)-8))
		}
		if w.order.Uint32(body) == secretsTLS {
			c.Secrets = append(c.Secrets, body[8:8+size:8+size])
		}
	}
	return nil
}
