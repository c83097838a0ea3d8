package session

import (
	"maps"
	"slices"

	"anytls-inspect/protocol"
)

// shrink gives back the room of streams that were open once, and are not any more: a
// session that lives for long must not hold on to what its worst moment took.
func (l *streamTable) shrink() {
	l.peak = len(l.open)
	l.open, l.past = maps.Collect(maps.All(l.open)), maps.Collect(maps.All(l.past))
	l.list, l.half = slices.Clone(l.list), slices.Clone(l.half)
	l.waiting, l.asked = slices.Clone(l.waiting), slices.Clone(l.asked)
}

// rest gives back the buffers of a session that ended: it may be remembered for long.
func (t *Tracker) rest() {
	l := &t.streams
	l.open, l.near, l.half, l.waiting, l.asked, l.past = nil, nil, nil, nil, nil, nil
	l.list = slices.Clone(l.list)
	for d := range t.side {
		s := &t.side[d]
		s.collector, s.ledger, s.push, s.beginning = collector{}, Ledger{}, push{}, beginning{over: true}
		s.controls, s.search, s.knows, s.making = nil, search{}, nil, nil
	}
	t.early, t.touched = nil, nil
	t.out, t.timeouts, t.owed, t.paths = Frame{}, nil, nil, protocol.ByPeer[*path]{}
	for toward := range t.heartbeats {
		for o := range t.heartbeats[toward] {
			t.heartbeats[toward][o].settle()
		}
	}
}

// ForgetStreams forgets the closed streams that the tracker remembers.
func (t *Tracker) ForgetStreams() {
	if t.streams.closed > 0 {
		t.streams.forget(t.streams.closed)
	}
}

// WithoutStreams returns a copy of a tracker that is closed, which has forgotten its
// streams. It takes the tracker's place: their room in the [StreamBudget] is free. The
// tracker stays as it is, for whoever still reads it.
func (t *Tracker) WithoutStreams() *Tracker {
	c := *t
	n := len(c.streams.list)
	c.handler = nil // it is told nothing more, and would keep alive what holds it
	c.streams.list, c.streams.closed, c.streams.gone = nil, 0, c.streams.gone+uint64(n)
	t.Release()
	return &c
}

// Release gives back the room in the [StreamBudget] that a closed tracker takes. Whoever
// lets go of it calls this once. The tracker may still be read.
func (t *Tracker) Release() { t.streams.budget.forget(len(t.streams.list)) }
