package pcapng

import (
	"encoding/binary"
	"math/bits"
)

// sum adds b, as 16-bit words, to a one's complement sum. Every part of a sum but the
// last must be of even length. The sum is byte-swapped, since it reads the words in
// little-endian order (RFC 1071, section 2); checksum swaps it back.
func sum(b []byte, acc uint64) uint64 {
	var carry uint64
	for len(b) >= 32 {
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[8:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[16:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[24:]), carry)
		b = b[32:]
	}
	for len(b) >= 8 {
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b), carry)
		b = b[8:]
	}
	if len(b) > 0 {
		var last [8]byte
		copy(last[:], b)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(last[:]), carry)
	}
	return acc + carry // where there is a carry, acc is not all ones
}

// pseudoSum returns the sum of TCP's pseudo-header without its addresses (RFC 9293,
// section 3.1).
func pseudoSum(segment int) uint64 {
	return uint64(bits.ReverseBytes16(protocolTCP)) + uint64(bits.ReverseBytes16(uint16(segment)))
}

// checksum returns the Internet checksum of b, with the sum acc of what is before it.
func checksum(b []byte, acc uint64) uint16 {
	acc = sum(b, acc)
	for acc>>16 != 0 {
		acc = acc&0xffff + acc>>16
	}
	return ^bits.ReverseBytes16(uint16(acc))
}
