package pcapfile

import (
	"math"
	"math/bits"
)

const nanosPerSecond = 1_000_000_000

// A resolution is the unit of an interface's time stamps, and the time that they
// are counted from (draft-ietf-opsawg-pcapng, section 4.2: if_tsresol and
// if_tsoffset).
type resolution struct {
	power  uint8 // a second has 10^power units, or 2^power; at most 127
	binary bool
	offset int64 // nanoseconds that are added to each
}

// newResolution returns the resolution of the options if_tsresol and if_tsoffset,
// the latter in seconds.
func newResolution(tsresol byte, tsoffset int64) resolution {
	return resolution{power: tsresol & 0x7f, binary: tsresol&0x80 != 0, offset: saturate(tsoffset)}
}

// saturate returns seconds in nanoseconds, or the nearest number that an int64
// holds.
func saturate(seconds int64) int64 {
	const limit = math.MaxInt64 / nanosPerSecond
	return min(max(seconds, -limit), limit) * nanosPerSecond
}

// nanos returns a time stamp in nanoseconds since 1970. One after the year 2262
// becomes the last that an int64 holds.
func (r resolution) nanos(ticks uint64) int64 {
	var n uint64
	switch {
	case !r.binary && r.power == 6: // what most writers use
		hi, lo := bits.Mul64(ticks, 1000)
		n = clamp(hi, lo)
	case !r.binary && r.power <= 9:
		hi, lo := bits.Mul64(ticks, pow10(9-r.power))
		n = clamp(hi, lo)
	case !r.binary && r.power <= 9+19:
		n = ticks / pow10(r.power-9)
	case !r.binary: // below a nanosecond altogether
	case r.power < 64:
		hi, lo := bits.Mul64(ticks, nanosPerSecond)
		// hi:lo >> power
		n = clamp(hi>>r.power, lo>>r.power|hi<<(64-r.power))
	default:
		hi, _ := bits.Mul64(ticks, nanosPerSecond)
		n = hi >> (r.power - 64)
	}
	t := int64(min(n, math.MaxInt64))
	if r.offset > 0 && t > math.MaxInt64-r.offset {
		return math.MaxInt64
	}
	return t + r.offset
}

// clamp returns a number of 128 bits as one of 64, the largest where it is larger.
func clamp(hi, lo uint64) uint64 {
	if hi != 0 {
		return math.MaxUint64
	}
	return lo
}

// pow10 returns 10 to the power of n, which is at most 19.
func pow10(n uint8) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}
