package replay

import (
	"math"
	"time"
)

// A skew is by how much the clock of end 1 is ahead of that of end 0, in nanoseconds: at
// least low, and at most high. Each packet that acknowledges another bounds it, since it was
// sent later.
type skew struct {
	low, high           int64
	knowsLow, knowsHigh bool
	begun               bool
	first               int64 // when the first bound was found
	// proofs are how many bounds said that end 1 is ahead, and that it is behind. Where the
	// clocks differ all say the same, but for packets that the capture has out of order.
	proofs struct{ ahead, behind int }
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
		if low > jitter {
			s.proofs.ahead++
		}
		if low > hugeSkew || s.knowsHigh && low > s.high+slack {
			return
		}
		if !s.knowsLow || low > s.low {
			s.low, s.knowsLow = low, true
		}
		return
	}
	high := ack - data
	if high < -jitter {
		s.proofs.behind++
	}
	if high < -hugeSkew || s.knowsLow && high < s.low-slack {
		return
	}
	if !s.knowsHigh || high < s.high {
		s.high, s.knowsHigh = high, true
	}
}

// suspected tells whether there is one proof that clocks differ, and not yet another.
func (s *skew) suspected() bool { return s.proofs.ahead+s.proofs.behind == 1 }

// estimate returns the skew as far as it is known, and by how much that may be off: none at
// all where the bounds allow for that, or the capture is rather out of order. astray is how many
// packets are known to be.
func (s *skew) estimate(astray int) (skew, rest int64) {
	low, high := s.low, s.high
	if s.knowsLow && s.knowsHigh {
		skew, rest = low+(high-low)/2, max(high-low, low-high)/2
		low, high = min(low, high), max(low, high)
	} else if s.knowsLow {
		skew, rest, high = low, low, hugeSkew
	} else {
		skew, rest, low = high, -high, -hugeSkew
	}
	switch {
	case low > jitter && s.proofs.ahead >= minProofs && s.proofs.ahead > certainty*(s.proofs.behind+astray):
	case high < -jitter && s.proofs.behind >= minProofs && s.proofs.behind > certainty*(s.proofs.ahead+astray):
	default:
		return 0, 0
	}
	return skew, rest
}

// minProofs and certainty say how many proofs of a skew there have to be, at all and for one of
// the contrary.
const (
	minProofs = 2
	certainty = 4
)
