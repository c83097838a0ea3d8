package rule

import (
	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// A lot is a pseudo-random number. It is a pure function of what it is drawn for, so that a
// run can be repeated, however its goroutines are scheduled.
type lot uint64

// draw returns the lot of a match: of a rule, in a direction of a session, where matches are
// numbered.
func draw(seed uint64, rule uint16, id capture.SessionID, dir protocol.Direction, match uint64) lot {
	h := mix(seed)
	h = mix(h ^ uint64(rule)<<1 ^ uint64(dir))
	h = mix(h ^ uint64(id))
	return lot(mix(h ^ match))
}

// mix is the step of the generator SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// wins tells whether the lot is among a share of 1 of all.
func (l lot) wins(share float64) bool { return float64(l>>11)/(1<<53) < share }

// pick returns a number below n, which must not be 0. It is another one than wins looks at.
func (l lot) pick(n int) int { return int(mix(uint64(l)) % uint64(n)) }

// of returns the lot of one action of several that a rule has.
func (l lot) of(action int) lot { return lot(mix(uint64(l) ^ uint64(action)<<32)) }
