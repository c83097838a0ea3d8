package main

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

const (
	// tellAgain is how long after a failure of TLS was told the next one like it is.
	tellAgain = time.Minute
	// maxFailures bounds how many failures that differ are told apart.
	maxFailures = 32
)

// tlsFailures are the sink between a relay and its journal. They tell the user on standard
// error with whom TLS fails, and why: the journal's diagnostics are not shown everywhere. A
// client that tries again and again fails in the same way each time, of which the number is
// told. While the screen shows them, they are counted alone, and each kind is told after it.
// They are safe for concurrent use.
type tlsFailures struct {
	journal *journal.Journal
	tell    func(text string)
	shown   func() bool // the screen shows them
	clock   func() time.Time
	// over tells whether the run ends: a handshake that this cuts is no failure, unless the server
	// had not answered for long.
	over func() bool

	mu       sync.Mutex // guards what follows
	sessions uint64     // in which TLS failed
	told     map[tlsFailure]*toldFailure
}

// A tlsFailure is what failures that are told as one have in common. The zero one stands for
// those that there is no room to tell apart.
type tlsFailure struct{ route, with, why string }

// A toldFailure is one that was told, or will be.
type toldFailure struct {
	at     time.Time // when it was told last; zero: never
	untold uint64    // how often it has happened since
}

func newTLSFailures(j *journal.Journal, w *warner, over func() bool) *tlsFailures {
	return &tlsFailures{
		journal: j, tell: w.warn, shown: w.holds, clock: time.Now, over: over, told: make(map[tlsFailure]*toldFailure),
	}
}

// Record implements [capture.Sink].
func (t *tlsFailures) Record(e *capture.Event) {
	t.journal.Record(e)
	if e.Kind == capture.Closed && e.TLSFailed && (!t.over() || strings.Contains(e.Reason, capture.ReasonNoAnswer)) {
		t.failed(t.failure(e))
	}
}

// failure returns what is told of the end of a session that the journal has.
func (t *tlsFailures) failure(e *capture.Event) tlsFailure {
	f := tlsFailure{with: "the " + e.By.String(), why: e.Reason}
	s := journal.Look(t.journal, journal.AskSession{ID: e.Session})
	if s == nil {
		return f // it is forgotten already
	}
	f.route = s.Route
	if e.By == session.ClosedByServer {
		f.with = s.Server
	} else if host, _, err := net.SplitHostPort(s.Client); err == nil {
		f.with = host // each try comes from another port
	}
	return f
}

// failed tells of a failure, or counts it.
func (t *tlsFailures) failed(f tlsFailure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions++
	now := t.clock()
	shown := t.shown()
	if t.told[f] == nil && len(t.told) >= maxFailures {
		if !shown {
			t.forget(now)
		}
		if len(t.told) >= maxFailures {
			f = tlsFailure{}
		}
	}
	have := t.told[f]
	if have == nil {
		have = new(toldFailure)
		t.told[f] = have
	}
	have.untold++
	if !shown && now.Sub(have.at) >= tellAgain {
		t.tellOf(f, have, now)
	}
}

// forget makes room: it tells how often what was not told lately has happened, and forgets
// it. t.mu is held, as below.
func (t *tlsFailures) forget(now time.Time) {
	for _, f := range t.inOrder() {
		if have := t.told[f]; now.Sub(have.at) >= tellAgain {
			t.tellOf(f, have, now)
			delete(t.told, f)
		}
	}
}

// inOrder returns what was told, in the same order each time.
func (t *tlsFailures) inOrder() []tlsFailure {
	return slices.SortedFunc(maps.Keys(t.told), func(a, b tlsFailure) int {
		return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.with, b.with), cmp.Compare(a.why, b.why))
	})
}

// tellOf tells of a failure, unless there is nothing new to tell.
func (t *tlsFailures) tellOf(f tlsFailure, have *toldFailure, now time.Time) {
	if have.untold == 0 {
		return
	}
	t.tell(f.text(have.untold, !have.at.IsZero()))
	*have = toldFailure{at: now}
}

// finish tells how often what was told has happened since, and returns an error where TLS
// has failed.
func (t *tlsFailures) finish() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.inOrder() {
		t.tellOf(f, t.told[f], t.clock())
	}
	if t.sessions == 0 {
		return nil
	}
	return fmt.Errorf("sessions in which TLS failed: %d", t.sessions)
}

// text is the line for the user; count is how often the failure has happened, and again says
// that it was told before, and how often since.
func (f tlsFailure) text(count uint64, again bool) string {
	failed := "failed"
	switch {
	case count == 1 && again:
		failed = "failed once more"
	case again:
		failed = fmt.Sprintf("failed %d times more", count)
	case count > 1:
		failed = fmt.Sprintf("failed %d times", count)
	}
	if f == (tlsFailure{}) {
		return "TLS with other peers, or for other reasons, " + failed + ": the diagnostics tls-failed have them all"
	}
	route := ""
	if f.route != "" {
		route = "route " + f.route + ": "
	}
	return route + "TLS with " + f.with + " " + failed + ": " + f.why
}
