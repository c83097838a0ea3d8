package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// maxReasons bounds how many reasons of sessions are told apart.
const maxReasons = 64

// An undecoded is the sink between a replay and what it is shown by. It counts the sessions in
// which something could not be decoded, and why: to show nothing at all is no success.
type undecoded struct {
	sink capture.Sink

	mu      sync.Mutex        // guards what follows
	reasons map[string]uint64 // why sessions that ended were not decoded
	warned  bool              // the user was told what is wrong with the capture
}

func newUndecoded(sink capture.Sink) *undecoded {
	return &undecoded{sink: sink, reasons: make(map[string]uint64)}
}

// Record implements [capture.Sink].
func (u *undecoded) Record(e *capture.Event) {
	u.sink.Record(e)
	if e.Kind == capture.Closed && e.Why != "" {
		u.count(e.Why)
	}
}

// count counts a reason.
func (u *undecoded) count(reason string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, known := u.reasons[reason]; known || len(u.reasons) < maxReasons {
		u.reasons[reason]++
	}
}

// warn notes that the user was told what is wrong with the capture.
func (u *undecoded) warn() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.warned = true
}

// err returns an error that says why nothing was decoded of a capture that was read to its
// end; nil where something was, or where there was nothing to decode: connections that were
// refused, or whose TLS failed.
func (u *undecoded) err(j *journal.Journal) error {
	totals := j.Totals()
	if totals.Frames > 0 {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if totals.Sessions+totals.Probes == 0 {
		if u.warned {
			return errors.New("nothing was decoded: what is told above says why")
		}
		return errors.New("nothing was decoded: the capture has no TCP connection")
	}
	reasons := maps.Clone(u.reasons)
	for _, row := range journal.Look(j, journal.AskSessions{Window: journal.Window{Limit: math.MaxInt}}).Rows {
		switch s := &row.State; {
		case s.Auth.Fingerprint != "":
			return nil // its preamble is whole: it is AnyTLS, though no frame came
		case s.Opaque[protocol.ClientToServer]+s.Opaque[protocol.ServerToClient] > 0:
			reasons[journal.NotAnyTLS]++
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	most := slices.MaxFunc(slices.Sorted(maps.Keys(reasons)), func(a, b string) int {
		return cmp.Compare(reasons[a], reasons[b])
	})
	switch n := reasons[most]; {
	case totals.Sessions == 1:
		return errors.New("nothing was decoded: " + most)
	case n == totals.Sessions:
		return fmt.Errorf("nothing was decoded in any of %d sessions: %s", n, most)
	default:
		return fmt.Errorf("nothing was decoded in any of %d sessions; in %d of them: %s", totals.Sessions, n, most)
	}
}
