package report

import (
	"sync"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	// lateBy is by how much a timer must be late to count: clocks of some systems tick
	// every 16 ms.
	lateBy = 20 * time.Millisecond
	// maxLate bounds how many late timers are remembered. If each of twenty a second is
	// late, they go back further than a heartbeat is waited for.
	maxLate = 256
	// maxUnsettled bounds how many slow answers wait for the next timer one by one.
	maxUnsettled = 256
)

// A Watch finds out how late the machine itself is while a run measures others on it, so
// that they are not blamed for that. Whoever has a timer tells the Watch when it fires; a
// [Collector] tells it each round-trip. How late a timer is, is known once it fires: a slow
// answer waits until then.
//
// A nil Watch watches nothing. Others may be used by several goroutines at a time.
type Watch struct {
	mu     sync.Mutex // guards all below
	began  time.Time
	before gauges // when it began
	read   func() gauges
	fired  time.Time // when the last timer fired

	timers struct {
		times        uint64
		all, longest time.Duration
	}
	late   []lateTimer // the last maxLate, a ring
	next   int         // where the ring goes on once it is full
	toward protocol.ByPeer[roundTrips]
}

// A lateTimer was to fire at one time, and did at another.
type lateTimer struct{ due, fired time.Time }

// A slowAnswer is a round-trip, and when it was over. It stands for n of them that were over
// until then and took no longer.
type slowAnswer struct {
	at  time.Time
	rtt time.Duration
	n   uint64
}

// roundTrips are those toward one peer.
type roundTrips struct {
	of, slow, explained uint64
	others              time.Duration // the longest that is not explained
	unsettled           []slowAnswer  // of which it is not known yet
}

// NewWatch returns a Watch that begins now.
func NewWatch(now time.Time) *Watch { return newWatch(now, readGauges) }

func newWatch(now time.Time, read func() gauges) *Watch {
	return &Watch{began: now, fired: now, read: read, before: read()}
}

// Fired tells that a timer that was to fire at a time does so now.
func (w *Watch) Fired(due, now time.Time) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fired = now
	if by := now.Sub(due); by >= lateBy {
		w.timers.times++
		w.timers.all += by
		w.timers.longest = max(w.timers.longest, by)
		if one := (lateTimer{due, now}); len(w.late) < maxLate {
			w.late = append(w.late, one)
		} else {
			w.late[w.next] = one
			w.next = (w.next + 1) % maxLate
		}
	}
	w.settle(false)
}

// answered takes a round-trip, and when it was over.
func (w *Watch) answered(toward protocol.Peer, at time.Time, rtt time.Duration) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	to := &w.toward[toward]
	to.of++
	if rtt < soon.Duration() {
		to.others = max(to.others, rtt)
		return
	}
	to.slow++
	a := slowAnswer{at, rtt, 1}
	if !at.After(w.fired) {
		w.judge(to, a)
		return
	}
	if last := len(to.unsettled) - 1; last+1 == maxUnsettled {
		more := to.unsettled[last]
		a.n += more.n
		a.rtt = max(a.rtt, more.rtt)
		to.unsettled = to.unsettled[:last]
	}
	to.unsettled = append(to.unsettled, a)
}

// settle judges the slow answers that were over when the last timer fired, or all.
func (w *Watch) settle(all bool) {
	for p := range w.toward {
		to := &w.toward[p]
		rest := to.unsettled[:0]
		for _, a := range to.unsettled {
			if all || !a.at.After(w.fired) {
				w.judge(to, a)
			} else {
				rest = append(rest, a)
			}
		}
		to.unsettled = rest
	}
}

// judge tells whether the machine explains a slow answer: whether it is quick without the
// time of its round-trip in which a timer was late.
func (w *Watch) judge(of *roundTrips, a slowAnswer) {
	left, asked := a.rtt, a.at.Add(-a.rtt)
	for _, l := range w.late {
		from, to := l.due, l.fired
		if from.Before(asked) {
			from = asked
		}
		if to.After(a.at) {
			to = a.at
		}
		left -= max(to.Sub(from), 0)
	}
	if left < soon.Duration() {
		of.explained += a.n
		return
	}
	of.others = max(of.others, a.rtt)
}

// tell writes into a scenario what the Watch found. It leaves out what says nothing.
func (w *Watch) tell(s *Scenario) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settle(true) // no timer will tell more of them
	for _, p := range [...]protocol.Peer{protocol.Server, protocol.Client} {
		to := s.toward(p)
		to.Slow = nil
		if t := w.toward[p]; t.slow > 0 {
			to.Slow = &Slow{Of: t.of, Answers: t.slow, Explained: t.explained, Others: session.Millis(t.others)}
		}
	}
	m := Machine{
		Timers: Standstill{w.timers.times, session.Millis(w.timers.all), session.Millis(w.timers.longest)},
	}
	waited, stalled := w.read().since(&w.before)
	m.Waited = session.Millis(waited)
	if took := w.fired.Sub(w.began); took > 0 {
		m.Pressure = min(float64(stalled)/float64(took), 1)
	}
	s.Machine = nil
	if m.Timers.Times > 0 || m.Waited >= session.Millis(lateBy) || m.Pressure >= muchWaiting {
		s.Machine = &m
	}
}
