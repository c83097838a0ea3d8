package pcapfile

import (
	"encoding/binary"
	"fmt"
)

// The types of the blocks that are read (draft-ietf-opsawg-pcapng, section 4).
// Others are left out.
const (
	blockSection   = 0x0a0d0d0a // Section Header Block; the same in both byte orders
	blockInterface = 1          // Interface Description Block
	blockOldPacket = 2          // Packet Block, obsolete
	blockSimple    = 3          // Simple Packet Block
	blockPacket    = 6          // Enhanced Packet Block
	blockSecrets   = 10         // Decryption Secrets Block
)

// secretsTLS is the secrets type of a TLS key log: "TLSK".
const secretsTLS = 0x544c534b

const (
	blockOverhead = 12 // bytes: the type, and the length twice
	packetFixed   = 20 // bytes of a packet block's body that precede the packet
	simpleFixed   = 4  // of a Simple Packet Block's
	// maxInterfaces is how many interfaces a section may describe.
	maxInterfaces = 1 << 16
)

// A pcapng walks the blocks of a pcapng file.
type pcapng struct {
	order      binary.ByteOrder // of the section
	interfaces []*Interface     // of the section
	last       int64            // time of the last packet

	// left is the length of a block that is being left out, which is yet to be
	// compared with that at its end; 0 where there is none. leftAt is where the
	// block begins.
	left   uint32
	leftAt int64
}

// walk implements walker.
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

// begun implements walker.
func (w *pcapng) begun(offset int64) int64 {
	if w.left != 0 {
		return w.leftAt
	}
	return offset
}

// ends compares b, the last 4 bytes of the block at this offset, with its length.
func (w *pcapng) ends(b []byte, length uint32, at int64) error {
	if again := w.order.Uint32(b); again != length {
		return &FormatError{
			Offset: at,
			Reason: fmt.Sprintf("a block's length is %d at its start and %d at its end", length, again),
		}
	}
	return nil
}

// header returns length and type of the block that b begins with, of which it needs
// 12 bytes. A Section Header Block sets the byte order. It fails where the length
// is none that a block can have.
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

// known tells whether blocks of a type are read.
func known(typ uint32) bool {
	switch typ {
	case blockSection, blockInterface, blockOldPacket, blockSimple, blockPacket, blockSecrets:
		return true
	default:
		return false
	}
}

// block adds what the body of a block holds to the chunk.
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
