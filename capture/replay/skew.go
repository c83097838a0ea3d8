package replay

import (
	"math"
	"time"
)

// A skew is by how much the clock of end 1 is ahead of that of end 0, in nanoseconds: at
// least low, and at most high. Each packet that acknowledges another bounds it, since it was
// sent later.
type skew struct {
	low, high         int64
	knowsLow, knowsHi bool
	begun             bool
	first             int64 // when the first bound was found
}

const (
	// jitter is by how much times of one clock may be out of order: cards with several queues
	// stamp packets so.
	jitter = int64(20 * time.Microsecond)
	// maxDrift is how many parts of a million two clocks drift apart.
	maxDrift = 200
	// hugeSkew bounds what is believed of clocks.
	hugeSkew = math.MaxInt64 / 4
)

// bound takes a packet that end sender captured at time ack, and that acknowledges one of the
// other end which was captured at time data. A bound that contradicts those from before by
// more than clocks drift is left out: what was acknowledged was a packet that the capture lacks,
// and this one is its repetition.
func (s *skew) bound(sender end, data, ack int64) {
	if !s.begun {
		s.begun, s.first = true, ack
	}
	slack := jitter + max(ack-s.first, 0)/1_000_000*maxDrift
	if sender == 0 { // end 0 has seen what end 1 sent: ack >= data - skew
		low := data - ack
		if low > hugeSkew || s.knowsHi && low > s.high+slack {
			return
		}
		if !s.knowsLow || low > s.low {
			s.low, s.knowsLow = low, true
		}
		return
	}
	high := ack - data
	if high < -hugeSkew || s.knowsLow && high < s.low-slack {
		return
	}
	if !s.knowsHi || high < s.high {
		s.high, s.knowsHi = high, true
	}
}

// estimate returns the skew as far as it is known, and by how much that may be off: none at
// all where the bounds allow for that.
func (s *skew) estimate() (skew, rest int64) {
	low, high := s.low, s.high
	switch {
	case s.knowsLow && s.knowsHi:
		if min(low, high) <= jitter && max(low, high) >= -jitter {
			return 0, 0
		}
		skew = low + (high-low)/2
		return skew, max(high-low, low-high) / 2
	case s.knowsLow && low > jitter:
		return low, low
	case s.knowsHi && high < -jitter:
		return high, -high
	default:
		return 0, 0
	}
}
