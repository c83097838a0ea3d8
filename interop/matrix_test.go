package interop

import (
	"context"
	"testing"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// patience is the timeout of one pair as a whole: more than a pair takes whose requests all
// run into their timeouts, with the relay and without it.
const patience = 15 * time.Minute

// cores bounds how many pairs of the matrix, and how many readings of captures, run at once: each
// waits for half of the time. More would measure how they share a processor.
var cores = make(chan struct{}, 3)

// TestMatrix sends the guide's traffic through each server and each client, past the relay
// and through it, while the relay injects heartbeats both ways. The relay must never turn a
// pair that works into one that fails, nor the reverse.
func TestMatrix(t *testing.T) {
	for _, pair := range Pairs() {
		t.Run(pair.String(), func(t *testing.T) {
			t.Parallel()
			cores <- struct{}{}
			defer func() { <-cores }()
			s := NewScenario(pair.Kind(), "", pair)
			results.AddPair(pair, s)
			if err := runPair(t, pair, s); err != nil {
				s.Failure = err.Error()
				t.Errorf("can't be run: %v", err)
			}
		})
	}
}

// runPair runs a pair of the matrix. The error says why it can't be run.
func runPair(t *testing.T, pair Pair, s *report.Scenario) error {
	if err := pair.Had(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	direct, err := start(ctx, t, pair, nil)
	if err != nil {
		return err
	}
	past, rounds := guideTraffic(ctx, direct.Proxy, pair.Known())
	direct.Close()
	s.Direct = past.Report()

	mode := &RelayMode{Heartbeat: pace}
	if pair.Known().Fails == Sometimes {
		// Requests are repeated, and such a client leaves a session behind for each two
		// of them: frequent heartbeats into each would become the load.
		mode.Heartbeat = beat
	}
	s.Interval, s.Started = session.Millis(mode.Heartbeat), time.Now()
	relayed, err := start(ctx, t, pair, mode)
	if err != nil {
		return err
	}
	through, more := guideTraffic(ctx, relayed.Proxy, pair.Known())
	tally, err := relayed.Relay.Finish(ctx)
	if err != nil {
		t.Error(err)
	}
	s.Relayed, s.Duration = through.Report(), session.Millis(time.Since(s.Started))
	tally.Fill(s)
	s.Notes = append(s.Notes, matrixNote.In(lang, spaced, pace, pair.Known().parallel(), atOnce, small>>20))
	noteKnown(s, pair.Known(), rounds, more)

	complain(t, pair.Judge(past, through, tally.Diagnostics))
	complain(t, pair.Misguessed(tally.Looks))
	allowed := pair.Known().Allowed()
	if through.Works() {
		complain(t, tally.Problems(0, allowed...))
		if tally.Toward(protocol.Server).Answered == 0 {
			t.Error("not one heartbeat was answered by the server")
		}
	} else {
		// Broken sessions break heartbeats too.
		complain(t, tally.Malformed())
		complain(t, tally.Errors(allowed...))
	}
	if t.Failed() {
		t.Logf("past the relay: %d of %d requests failed, among them: %q", past.Failed, past.Requests, past.Failures)
		t.Logf("through it: %d of %d requests failed, among them: %q", through.Failed, through.Requests, through.Failures)
	}
	return nil
}

// mostRounds bounds how often a pair that fails only sometimes is tried.
const mostRounds = 10

// guideTraffic sends the traffic of a pair of the matrix. It repeats the parallel requests of
// a pair that fails sometimes until one fails, or only luck would show what the relay makes
// of the failure. It returns how often it sent them.
func guideTraffic(ctx context.Context, p Proxy, known Known) (traffic Traffic, rounds int) {
	traffic.Spaced(ctx, p, spaced, pace)
	for rounds = 1; ; rounds++ {
		traffic.Parallel(ctx, p, known.parallel())
		if known.Fails != Sometimes || traffic.Failed > 0 || rounds == mostRounds {
			break
		}
	}
	traffic.Bulk(ctx, p, small)
	return traffic, rounds
}

// parallel is how many parallel requests a pair gets. Where each one fails, they only take time
// until the client gives up.
func (k Known) parallel() int {
	if k.Fails == Always {
		return atOnce
	}
	return parallel
}

// noteKnown adds what is known of a pair to its scenario's notes, with the rounds past the
// relay and through it.
func noteKnown(s *report.Scenario, k Known, past, through int) {
	switch {
	case k.Why == Words{}:
		return
	case k.Fails == Always:
		s.Notes = append(s.Notes, alwaysNote.In(lang)+k.Why.In(lang))
	case k.Fails == Sometimes:
		s.Notes = append(s.Notes, sometimesNote.In(lang)+k.Why.In(lang), againNote.In(lang, past, through))
	default:
		s.Notes = append(s.Notes, neverNote.In(lang)+k.Why.In(lang))
	}
}
