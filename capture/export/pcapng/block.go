package pcapng

import (
	"encoding/binary"
	"time"
)

// The types of blocks and the codes of options (draft-ietf-opsawg-pcapng, sections 10.1,
// 3.5, 4.1 and 4.2).
const (
	sectionHeader        = 0x0a0d0d0a
	interfaceDescription = 1
	enhancedPacket       = 6
	decryptionSecrets    = 0xa

	optEnd         = 0
	optComment     = 1
	optApplication = 4 // of a section
	optName        = 2 // of an interface
	optResolution  = 9 // of an interface

	byteOrderMagic = 0x1a2b3c4d
	ethernet       = 1          // a link type
	tlsKeyLog      = 0x544c534b // a type of secrets (section 4.7)
	snapLen        = 256 << 10
)

// blockOverhead is by how many bytes a block is longer than its body: type and length
// before it, and the length again after it (section 3.1).
const blockOverhead = 12

// secretsOverhead is the most by which a Decryption Secrets Block is longer than the
// lines in it, in bytes.
const secretsOverhead = blockOverhead + 8 + 3

// beginBlock appends the head of a block, without its length.
func beginBlock(b []byte, kind uint32) []byte {
	b = binary.LittleEndian.AppendUint32(b, kind)
	return append(b, 0, 0, 0, 0)
}

// endBlock ends the block that began at start, and sets its length.
func endBlock(b []byte, start int) []byte {
	n := uint32(len(b) - start + 4)
	binary.LittleEndian.PutUint32(b[start+4:], n)
	return binary.LittleEndian.AppendUint32(b, n)
}

// pad appends zeros after the last n bytes, up to a multiple of four.
func pad(b []byte, n int) []byte { return append(b, make([]byte, -n&3)...) }

// appendOption appends an option with its padding.
func appendOption[T string | []byte](b []byte, code uint16, value T) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...), len(value))
}

// endOptions ends a list of options, which must not be empty.
func endOptions(b []byte) []byte { return append(b, optEnd, 0, 0, 0) }

// appendHeader appends what a file begins with: the section, and its interfaces in the
// order of their numbers.
func appendHeader(b []byte, application, comment string, interfaces []string) []byte {
	start := len(b)
	b = beginBlock(b, sectionHeader)
	b = binary.LittleEndian.AppendUint32(b, byteOrderMagic)
	b = append(b, 1, 0, 0, 0)                                     // version 1.0
	b = append(b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) // its length is not known
	b = endOptions(appendOption(appendOption(b, optComment, comment), optApplication, application))
	b = endBlock(b, start)
	for _, name := range interfaces {
		start := len(b)
		b = beginBlock(b, interfaceDescription)
		b = append(b, ethernet, 0, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, snapLen)
		b = endOptions(appendOption(appendOption(b, optName, name), optResolution, []byte{9})) // 10⁻⁹ s
		b = endBlock(b, start)
	}
	return b
}

// appendSecrets appends a Decryption Secrets Block with lines of an NSS key log.
func appendSecrets(b, lines []byte) []byte {
	start := len(b)
	b = beginBlock(b, decryptionSecrets)
	b = binary.LittleEndian.AppendUint32(b, tlsKeyLog)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(lines)))
	return endBlock(pad(append(b, lines...), len(lines)), start)
}

// beginPacket appends the head of a packet of n bytes. The caller appends the bytes.
func beginPacket(b []byte, iface uint32, at time.Time, n int) []byte {
	b = beginBlock(b, enhancedPacket)
	b = binary.LittleEndian.AppendUint32(b, iface)
	ns := uint64(at.UnixNano())
	b = binary.LittleEndian.AppendUint32(b, uint32(ns>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(ns))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

// endPacket ends the packet that began at start. It adds the comment unless that is
// empty.
func endPacket(b []byte, start int, comment string) []byte {
	b = pad(b, len(b)-start)
	if comment != "" {
		b = endOptions(appendOption(b, optComment, comment))
	}
	return endBlock(b, start)
}

// wholeBlocks returns how many bytes of b are whole blocks. b begins with a block.
func wholeBlocks(b []byte) int {
	whole := 0
	for len(b)-whole >= blockOverhead {
		n := int(binary.LittleEndian.Uint32(b[whole+4:]))
		if n < blockOverhead || n > len(b)-whole {
			break
		}
		whole += n
	}
	return whole
}
