package interop

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	// beat is the time between two heartbeats toward either side, and between two
	// requests, in the guide's third scenario.
	beat = time.Second

	// startingAndEnding is how long a run may take besides its duration.
	startingAndEnding = 2 * time.Minute
)

// steady are the pairs of the long runs: one of each of the guide's first two scenarios, and
// one implementation in Go and one in Rust with itself.
var steady = []Pair{
	{FindPeer("anytls-rs"), FindPeer("sing-box")},
	{FindPeer("sing-box"), FindPeer("anytls")},
	{FindPeer("sing-box"), FindPeer("sing-box")},
	{FindPeer("anytls-rs"), FindPeer("anytls-rs")},
}

// TestBothDirections runs the guide's third scenario: a heartbeat a second toward both
// sides, with traffic, for minutes. It waits most of the time, as the guide's runs do: they are
// run beside each other, when the others have ended.
func TestBothDirections(t *testing.T) {
	t.Parallel()
	for _, pair := range steady {
		t.Run(pair.String(), func(t *testing.T) {
			t.Parallel()
			s := NewScenario(report.BothDirections, "", pair)
			results.Add(s)
			if err := pair.Had(); err != nil {
				s.Failure = err.Error()
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), duration+startingAndEnding)
			defer cancel()
			var parts sync.WaitGroup
			parts.Go(func() { runSteady(ctx, t, pair, s) })
			var with, without protocol.ByPeer[report.CPUTime]
			parts.Go(func() { with = runIdle(ctx, t, pair, beat) })
			parts.Go(func() { without = runIdle(ctx, t, pair, 0) })
			parts.Wait()
			names := protocol.ByPeer[string]{protocol.Server: pair.Server.Name, protocol.Client: pair.Client.Name}
			for _, p := range [...]protocol.Peer{protocol.Server, protocol.Client} {
				if with[p].Wall > 0 && without[p].Wall > 0 {
					s.CPU = append(s.CPU, report.CPU{
						Peer: p.String() + " " + names[p], With: with[p], Without: without[p], Interval: session.Millis(beat),
					})
				}
			}
			s.Notes = append(s.Notes, steadyNote.In(lang, beat), cpuNote.In(lang))
			noteKnown(s, pair.Known(), 0, 0)
			for _, cpu := range s.CPU {
				t.Logf("%s: %.4f %% of a CPU more with a heartbeat each %v than without (%v and %v CPU time)",
					cpu.Peer, cpu.Overhead(), beat, cpu.With.CPU.Duration(), cpu.Without.CPU.Duration())
			}
		})
	}
}

// runSteady sends heartbeats and requests through a pair for the whole time.
func runSteady(ctx context.Context, t *testing.T, pair Pair, s *report.Scenario) {
	rig, err := start(ctx, t, pair, &RelayMode{Heartbeat: beat})
	if err != nil {
		s.Failure = err.Error()
		t.Error(err)
		return
	}
	s.Started, s.Interval = time.Now(), session.Millis(beat)
	var traffic Traffic
	if err := traffic.Steady(ctx, rig.Proxy, int(duration/beat)+1, beat); err != nil {
		t.Errorf("the stream that stays open: %v", err)
		s.Notes = append(s.Notes, err.Error())
	}
	s.Duration = session.Millis(time.Since(s.Started))
	tally, err := rig.Relay.Finish(ctx)
	if err != nil {
		t.Error(err)
	}
	s.Relayed = traffic.Report()
	tally.Fill(s)
	for _, failure := range traffic.Failures {
		t.Error(failure)
	}
	// There is a heartbeat each interval toward either side, except while the first
	// session gets ready.
	complain(t, tally.Problems(uint64(duration/beat)*9/10, pair.Known().Allowed()...))
	t.Log("\n" + Table(pair.String(), nil, traffic, tally))
}

// runIdle keeps a session with one idle stream open, and returns the CPU time that the
// server and the client take meanwhile.
func runIdle(ctx context.Context, t *testing.T, pair Pair, heartbeat time.Duration) (took protocol.ByPeer[report.CPUTime]) {
	took, err := idle(ctx, t, pair, heartbeat)
	if err != nil {
		t.Errorf("idle, with a heartbeat each %v: %v", heartbeat, err)
	}
	return took
}

func idle(ctx context.Context, t *testing.T, pair Pair, heartbeat time.Duration) (took protocol.ByPeer[report.CPUTime], err error) {
	rig, err := start(ctx, t, pair, &RelayMode{Heartbeat: heartbeat})
	if err != nil {
		return took, err
	}
	conn, err := rig.Proxy.Mirror(ctx)
	if err != nil {
		return took, err
	}
	defer conn.Close()
	if err := pingPong(conn, pings); err != nil {
		return took, err
	}
	before, err := cpuOf(rig.Client, rig.Server)
	if err != nil {
		return took, err
	}
	began := time.Now()
	select {
	case <-time.After(duration):
	case <-rig.Relay.Done():
		return took, fmt.Errorf("the relay ended:\n%s", rig.Relay.Log())
	case <-ctx.Done():
		return took, ctx.Err()
	}
	after, err := cpuOf(rig.Client, rig.Server)
	wall := time.Since(began)
	if err != nil {
		return took, err
	}
	// A session that died meanwhile was not measured.
	if err := pingPong(conn, 1); err != nil {
		return took, fmt.Errorf("the idle stream is dead after %v: %w", wall, err)
	}
	tally, err := rig.Relay.Finish(ctx)
	if err != nil {
		return took, err
	}
	if heartbeat > 0 {
		complain(t, tally.Problems(uint64(duration/heartbeat)*9/10, pair.Known().Allowed()...))
	}
	for i := range took {
		took[i] = report.CPUTime{CPU: session.Millis(after[i] - before[i]), Wall: session.Millis(wall)}
	}
	return took, nil
}
