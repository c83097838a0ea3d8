package replay

import (
	"encoding/binary"
	"math/bits"

	"anytls-inspect/capture/internal/tcpflow"
)

// A sums knows how an end's TCP checksums are: whether a bad one says anything. They are
// all bad where the end is the capturing machine, whose network card sets them, and where a
// capture was made anonymous. Some are where its network card joins segments.
//
// A checksum goes over all bytes, which costs about a fifteenth of a replay. So all are looked
// at in a small capture, and else those where bad ones are likely: early in a connection, where
// segments are forged to mislead what is on the path, and for a while after a segment that was
// sent again, since the path loses some. A capture that comes through a pipe counts as small.
type sums struct {
	good, bad uint32

	began bool
	next  uint32 // sequence number of the byte behind the last
	past  int    // bytes since the connection began, or since some were sent again: see emptyBytes
}

const (
	// smallCapture is how large a capture is at most of which all checksums are looked at, and
	// watchedBytes how many bytes of an end are else, in bytes.
	smallCapture = 8 << 20
	watchedBytes = 8 << 10
	// emptyBytes is what a segment without payload counts as: it only shows whether an end's
	// checksums are good.
	emptyBytes = 256
	// undecided is how many checksums are looked at of an end of which most are bad.
	undecided = 32
)

// look notes a segment, and tells whether it is worth while to look at its checksum. all says
// that it is where it can say anything.
func (s *sums) look(g *tcpflow.Segment, all bool) bool {
	behind := g.Seq + uint32(g.Length)
	switch {
	case !s.began || int32(behind-s.next) > 0:
		s.began, s.next = true, behind
	case g.Length > 0:
		s.past = 0
	}
	if s.past += g.Length; g.Length == 0 {
		s.past += emptyBytes
	}
	return (all || s.past <= watchedBytes) && (s.good > s.bad || s.good+s.bad < undecided)
}

// doubts tells whether a segment is doubtful: its checksum is bad, while its sender's are
// good, and it is not left to a network card. b is the segment with its header.
func (s *sums) doubts(ends *path, b []byte) bool {
	pseudo := pseudoSum(ends, len(b))
	switch sum, field := fold(pseudo+onesSum(b)), binary.BigEndian.Uint16(b[checksumAt:]); {
	case sum == 0xffff:
		s.good++
		return false
	case field == 0, field == fold(pseudo), field == fold(pseudoSum(ends, 0)):
		return false // the network card gets the sum of the addresses, and so does who joins segments
	}
	s.bad++
	return s.good > 2*(s.bad-1)
}

// checksumAt is where the checksum is in a TCP header.
const checksumAt = 16

// pseudoSum returns the sum of TCP's pseudo-header (RFC 9293, section 3.1; RFC 8200, section
// 8.1), not folded. That of an IPv4 address is the same as of one that is mapped into IPv6,
// but for the prefix, which is 0 here: 0xffff.
func pseudoSum(ends *path, length int) uint64 {
	const tcp = 6
	sum := uint64(tcp + length)
	for _, half := range [...]uint64{ends.from.high, ends.from.low, ends.to.high, ends.to.low} {
		sum += half>>48 + half>>32&0xffff + half>>16&0xffff + half&0xffff
	}
	return sum
}

// onesSum returns the sum of 16-bit words of b in ones' complement (RFC 1071), folded to 16
// bits: a few times as fast as gopacket's, which adds two bytes at a time. The sum of the words
// with their bytes swapped is the sum with its bytes swapped, and most machines load these
// faster.
func onesSum(b []byte) uint64 {
	var sum, carry uint64
	for len(b) >= 64 {
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[8:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[16:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[24:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[32:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[40:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[48:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b[56:]), carry)
		b = b[64:]
	}
	for len(b) >= 8 {
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(b), carry)
		b = b[8:]
	}
	var last [8]byte
	copy(last[:], b)
	sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(last[:]), carry)
	sum, carry = bits.Add64(sum, 0, carry)
	sum += carry
	return uint64(bits.ReverseBytes16(fold(sum>>48 + sum>>32&0xffff + sum>>16&0xffff + sum&0xffff)))
}

// fold adds the carries of a sum of 16-bit words to it.
func fold(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}
