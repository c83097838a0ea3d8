package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// Held returns how much a tracker holds on to: streams in its list and queues,
// requests in its ledgers, and bytes of frames that are not complete.
func (t *Tracker) Held() (listed, queued, owed, buffered int) {
	for d := range t.side {
		owed += len(t.side[d].ledger.spans)
		buffered += cap(t.side[d].collector.buf) + cap(t.side[d].beginning.buf) + cap(t.side[d].search.buf)
	}
	return len(t.streams.list), len(t.streams.waiting) + len(t.streams.half) + len(t.streams.asked) + len(t.early), owed, buffered
}

// Needs returns the codes of which it is said what they need.
func Needs() (codes []Code) {
	for _, n := range needs {
		codes = append(codes, n.code)
	}
	return codes
}

// Spans returns how many spans a ledger holds.
func (l *Ledger) Spans() int { return len(l.spans) - l.head }

// Held returns how much a fleet holds on to: hosts, clients, and sessions of
// these.
func (f *Fleet) Held() (hosts, clients, sessions int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.clients {
		sessions += len(c.live)
	}
	return len(f.hosts), len(f.clients), sessions
}

// Paths returns how many servers' paths a fleet holds on to.
func (f *Fleet) Paths() int {
	f.paths.mu.Lock()
	defer f.paths.mu.Unlock()
	return len(f.paths.to)
}

// MostOwed is the most obligations that a tracker lists.
const MostOwed = 16

// Bounds of what a tracker and a fleet hold.
const (
	MaxOpenStreams = maxOpenStreams
	MaxHosts       = maxHosts
	MaxClients     = maxClients
	MaxMembers     = maxMembers
	MaxPaths       = maxPaths
)

// Locked runs something while nobody else has the fleet's lock.
func (f *Fleet) Locked(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// Bounds of incidents.
const (
	MaxOpenIncidents = maxOpenIncidents
	MaxPastIncidents = maxPastIncidents
	MaxAlike         = maxAlike
)

// HabitFaults says what is wrong with the table of implementations.
func HabitFaults() (faults []string) {
	var known habit
	for _, tr := range traits {
		if known&tr.habit != 0 || tr.habit&(tr.habit-1) != 0 || tr.about == "" {
			faults = append(faults, fmt.Sprintf("trait %b of %q is no single new habit, or about nothing", tr.habit, tr.about))
		}
		known |= tr.habit
	}
	if known != rsDialError<<1-1 {
		faults = append(faults, fmt.Sprintf("the traits are %b, the habits go up to %b", known, rsDialError))
	}
	for i := range implementations {
		im := &implementations[i]
		switch {
		case len(im.names) == 0 || im.source == "":
			faults = append(faults, fmt.Sprintf("row %d has no name, or no source", i))
		case im.does&im.never != 0:
			faults = append(faults, fmt.Sprintf("%v does and never does %b", im.names, im.does&im.never))
		case (im.calls == nil) != (im.peer == protocol.Server):
			faults = append(faults, fmt.Sprintf("%v, a %v, is called %q", im.names, im.peer, im.calls))
		case (Looks(im.does) | Looks(im.never)<<32).Guess(im.peer).Sure == NoGuess:
			faults = append(faults, fmt.Sprintf("%v is not guessed by all its habits", im.names))
		}
	}
	return faults
}

// ComparesTimes has the tracker look at the times of what it takes next, and not at the stretch
// that they are in.
func (t *Tracker) ComparesTimes() {
	t.stretch.from, t.stretch.until = t.stretch.until.Add(1), time.Time{}
}

// Pauses returns what a tracker knows of its directions that rests on pauses: their flows, and when
// their senders stood still last.
func (t *Tracker) Pauses() (flows protocol.ByDirection[string], stood protocol.ByDirection[time.Time]) {
	for d := range t.side {
		f := &t.side[d].flow
		flows[d] = fmt.Sprint(f.stream, f.weight, f.bytes, f.last)
		stood[d] = t.side[d].still.until
	}
	return flows, stood
}
