package interop

import (
	"context"
	"testing"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	// often is the time between two heartbeats under load.
	often = 100 * time.Millisecond

	// enough is how many heartbeats must be answered toward each side while traffic
	// flows. The traffic is repeated until they are, at most maxRounds times.
	enough    = 100
	maxRounds = 20

	// loadPatience is the timeout of one pair as a whole.
	loadPatience = 5 * time.Minute

	// turns is how many downloads are compared, with heartbeats and without. They are
	// short and many, so that other load of the machine falls on both alike.
	turns     = 41
	turnBytes = 16 << 20
)

// loaded are the pairs of the runs under load: one of each of the guide's first two
// scenarios, and one of each language with itself. They are pairs that never fail.
var loaded = []Pair{
	{FindPeer("anytls-rs"), FindPeer("sing-box")},
	{FindPeer("sing-box"), FindPeer("anytls")},
	{FindPeer("sing-box"), FindPeer("sing-box")},
	{FindPeer("anytls"), FindPeer("anytls")},
}

// TestLoad sends many requests and much data through pairs while the relay injects
// heartbeats often. No request may fail, no byte may change, and every heartbeat must be
// answered. Then it compares the throughput with heartbeats and without.
func TestLoad(t *testing.T) {
	for _, pair := range loaded {
		t.Run(pair.String(), func(t *testing.T) {
			s := NewScenario(pair.Kind(), underLoadTitle.In(lang), pair)
			results.Add(s)
			if err := pair.Had(); err != nil {
				s.Failure = err.Error()
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), loadPatience)
			defer cancel()
			if err := runLoad(ctx, t, pair, s); err != nil {
				s.Failure = err.Error()
				t.Fatal(err)
			}
			rates, err := compareRates(ctx, t, pair)
			if err != nil {
				t.Fatal(err)
			}
			s.Throughput = rates
			s.Notes = append(s.Notes, rateNote.In(lang, turns, turnBytes>>20))
			noteKnown(s, pair.Known(), 0, 0)
			median, least, greatest := rates.Ratio()
			t.Logf("throughput with heartbeats each %v to that without: %.3f (%.3f to %.3f, %d turns)",
				often, median, least, greatest, turns)
		})
	}
}

func runLoad(ctx context.Context, t *testing.T, pair Pair, s *report.Scenario) error {
	direct, err := start(ctx, t, pair, nil)
	if err != nil {
		return err
	}
	var past Traffic
	past.Parallel(ctx, direct.Proxy, parallel)
	past.Bulk(ctx, direct.Proxy, bulk)
	direct.Close()

	s.Started, s.Interval = time.Now(), session.Millis(often)
	rig, err := start(ctx, t, pair, &RelayMode{Heartbeat: often})
	if err != nil {
		return err
	}
	var traffic Traffic
	var tally Tally
	for range maxRounds {
		traffic.Parallel(ctx, rig.Proxy, parallel)
		traffic.Bulk(ctx, rig.Proxy, bulk)
		tally = rig.Relay.Events.Tally()
		if traffic.Failed > 0 || min(tally.Toward(protocol.Server).Answered, tally.Toward(protocol.Client).Answered) >= enough {
			break
		}
	}
	s.Duration = session.Millis(time.Since(s.Started))
	tally, err = rig.Relay.Finish(ctx)
	if err != nil {
		t.Error(err)
	}
	tally.Fill(s)
	s.Direct, s.Relayed = past.Report(), traffic.Report()
	s.Load = &report.Load{
		Traffic: *traffic.Report(), Parallel: atOnce, Interval: session.Millis(often), Heartbeats: tally.beats(),
	}
	s.Notes = append(s.Notes, loadNote.In(lang, parallel, atOnce, bulk>>20))
	for _, failure := range append(past.Failures, traffic.Failures...) {
		t.Error(failure)
	}
	complain(t, tally.Problems(enough, pair.Known().Allowed()...))
	t.Log("\n" + Table(pair.String(), &past, traffic, tally))
	return nil
}

// compareRates downloads in turns through a pair with heartbeats and through the same pair
// without, each with a relay. What slows the machine down slows down both.
func compareRates(ctx context.Context, t *testing.T, pair Pair) (*report.Throughput, error) {
	with, err := start(ctx, t, pair, &RelayMode{Heartbeat: often, Quiet: true})
	if err != nil {
		return nil, err
	}
	without, err := start(ctx, t, pair, &RelayMode{Quiet: true})
	if err != nil {
		return nil, err
	}
	rates := &report.Throughput{Interval: session.Millis(often)}
	var traffic Traffic
	// The first turn is for warming up. Which pair goes first alternates.
	for turn := range turns + 1 {
		var a, b float64
		if turn%2 == 0 {
			a = traffic.Download(ctx, with.Proxy, turnBytes)
			b = traffic.Download(ctx, without.Proxy, turnBytes)
		} else {
			b = traffic.Download(ctx, without.Proxy, turnBytes)
			a = traffic.Download(ctx, with.Proxy, turnBytes)
		}
		if turn > 0 {
			rates.With, rates.Without = append(rates.With, a), append(rates.Without, b)
		}
	}
	for _, failure := range traffic.Failures {
		t.Error(failure)
	}
	return rates, nil
}
