package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

const (
	// flushGap is the least time between a request and the next thing sent that tells
	// something: the answers of a healthy peer come sooner.
	flushGap = SlowHeartbeat
	// flushCount such answers in a row are diagnosed.
	flushCount = 5
	// slowPath is by how much the path must be faster than the round-trips, so that it does
	// not explain them.
	slowPath = 4
)

// A follower knows what was sent behind the oldest HeartRequest of a direction that is owed
// an answer: a peer that flushes its answers late sends them once the next thing comes.
type follower struct {
	n     int       // how many things: records, of those that were sent at one time the first
	first time.Time // when the first of them was sent
	last  time.Time // when anything was sent last

	row    int           // answers in a row that came with the next thing
	lag    time.Duration // the longest of their times behind it
	gap    time.Duration // the shortest of the times between request and next thing
	told   bool
	turned time.Duration // the receiver's fastest answer of another kind; 0: none
}

// sent takes note of bytes that are sent at a time.
func (f *follower) sent(at time.Time) {
	if at.Equal(f.last) {
		return // with what was sent before, or a later part of it
	}
	if f.n++; f.n == 1 {
		f.first = at
	}
	f.last = at
}

// asked takes note of a request that is sent at a time, while none was owed an answer.
func (f *follower) asked(at time.Time) { f.n, f.last = 0, at }

// settled takes note that an answer settled the oldest request. owed says how many are left,
// and oldest is when the first of these was sent.
func (f *follower) settled(owed int, oldest time.Time) {
	switch {
	case owed > 0 && oldest.Equal(f.last):
		f.n = 0
	case owed > 0:
		f.n = 2 // several, or not known
	}
}

// turn takes note of how long the receiver of the direction took for an answer that waits for
// nothing else: so long the path takes at most.
func (f *follower) turn(d time.Duration) {
	d = max(d, 1)
	if f.turned == 0 || d < f.turned {
		f.turned = d
	}
}

// answered judges an answer that came at a time to a request of another, given the fastest
// round-trip so far, 0 where there is none. It tells whether enough answers in a row came
// only with the next thing sent.
func (f *follower) answered(at, asked time.Time, best time.Duration) bool {
	fast := f.turned
	if best > 0 && (fast == 0 || best < fast) {
		fast = best
	}
	gap, lag := f.first.Sub(asked), at.Sub(f.first)
	switch {
	case f.n == 1 && gap < flushGap:
		return false // too soon to tell
	case f.n != 1, fast == 0, lag > gap/5, lag > 2*fast+20*time.Millisecond, at.Sub(asked) < slowPath*fast:
		f.row, f.lag, f.gap = 0, 0, 0
		return false
	}
	if f.row++; f.row == 1 || gap < f.gap {
		f.gap = gap
	}
	f.lag = max(f.lag, lag)
	return f.row >= flushCount && !f.told
}

// lateFlush diagnoses a peer whose answers come only with the next frame sent to it, once. A
// slow path shows in the peer's other answers, and a busy direction in several frames
// between request and answer.
func (t *Tracker) lateFlush(asked protocol.Direction, s Settlement) {
	f := &t.side[asked].follower
	if !t.inOrder() || t.isShaken() {
		return
	}
	if !f.answered(t.now, s.At, t.side[asked].best) {
		return
	}
	f.told = true
	t.diagnose(CodeAnsweredWithNext, 0, asked, fmt.Sprintf(
		"each of %d answers came within %v of the next frame sent to the %v, %v or more behind its request: the %v probably flushes late; heartbeats themselves change such a pair",
		f.row, f.lag.Round(time.Microsecond), asked.Receiver(), f.gap.Round(time.Millisecond), asked.Receiver()))
}
