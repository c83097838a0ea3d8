package leg

import (
	"sync"
	"time"
)

// remarks are those that wait for their place among what is written, oldest first. They have a
// lock of their own, which nobody holds for long: who tells one does not wait for who writes.
type remarks struct {
	mu   sync.Mutex
	wait []remark
}

// A remark is told of a leg, and when it was.
type remark struct {
	at   time.Time
	text string
}

// RemarkSent tells the recording, if there is one, something of the leg at its place behind
// all that was written, such as a [capture.StateNote]; the remarks of one goroutine, or of
// several that take turns, keep their order. It does not wait: where another goroutine writes,
// that one gives the remark its place when it has written.
func (s *Socket) RemarkSent(at time.Time, text string) {
	r := s.recorder
	if r == nil {
		return
	}
	r.remarks.mu.Lock()
	r.remarks.wait = append(r.remarks.wait, remark{at, text})
	r.remarks.mu.Unlock()
	if s.mu.TryLock() {
		s.unlock()
	}
}

// remarked gives the remarks that wait their places, behind n bytes that are sent next. The
// socket's mu is held, unless n is negative: then the remarks are told at once.
func (r *recorder) remarked(n int) {
	r.remarks.mu.Lock()
	wait := r.remarks.wait
	r.remarks.wait = nil
	r.remarks.mu.Unlock()
	for _, m := range wait {
		if n >= 0 && len(r.places) < maxPlaces {
			r.places = append(r.places, place{n, n, m.text})
		} else {
			r.to.Remark(m.at, m.text)
		}
	}
}

// waits tells whether a remark has no place yet.
func (r *recorder) waits() bool {
	r.remarks.mu.Lock()
	defer r.remarks.mu.Unlock()
	return len(r.remarks.wait) > 0
}

// dropped tells the remarks among bytes that are not sent any more. The socket's mu is held.
func (r *recorder) dropped() {
	now := r.clock()
	for _, p := range r.places {
		if p.from == p.to {
			r.to.Remark(now, p.note)
		}
	}
	r.places = nil
}
