package interop

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"
)

// A Relay is a running anytls-inspect relay.
type Relay struct {
	*Process
	Events *Events
	Addr   string
}

// A RelayMode says what the relay does besides relaying.
type RelayMode struct {
	// Listen is where clients connect; empty: on loopback, over IPv4.
	Listen string
	// Heartbeat is the time between two heartbeats that the relay injects into each
	// session, toward either side; 0: none.
	Heartbeat time.Duration
	// Quiet prints hardly any frames, so that printing does not cost time.
	Quiet bool
	// Flags are further flags.
	Flags []string
	// Lines also gets all that the relay prints. It may be nil.
	Lines io.Writer
}

// StartRelay starts the relay in front of server. It keeps its files in dir, among them its
// CA.
func StartRelay(ctx context.Context, dir, server, password string, mode RelayMode) (*Relay, error) {
	binary, err := fromRun(relayVar)
	if err != nil {
		return nil, err
	}
	args := []string{"relay", "-l", cmp.Or(mode.Listen, "127.0.0.1:0"), "-s", server, "-k", "-o", "json"}
	// A server's log and its CPU time are to be those of the sessions.
	args = append(args, "--no-preflight")
	if mode.Heartbeat > 0 {
		args = append(args, "--heartbeat", mode.Heartbeat.String()+",both")
	}
	if mode.Quiet {
		args = append(args, "-f", `cmd == "Alert"`)
	}
	args = append(args, mode.Flags...)
	events := NewEvents()
	var lines io.Writer = events
	if mode.Lines != nil {
		lines = io.MultiWriter(events, mode.Lines)
	}
	env := []string{"XDG_CONFIG_HOME=" + dir, "ANYTLS_PASSWORD=" + password}
	p, err := Start(ctx, dir, env, lines, binary, args...)
	if err != nil {
		return nil, err
	}
	tally, err := events.Wait(ctx, p, func(t Tally) bool { return t.Listen != "" })
	if err != nil {
		p.Kill()
		return nil, fmt.Errorf("the relay does not say where it listens: %w", err)
	}
	return &Relay{Process: p, Events: events, Addr: tally.Listen}, nil
}

// settling is the longest wait for the last heartbeats: more than the relay's own timeout
// of 3 s.
const settling = 15 * time.Second

// Finish waits until it is known what became of the heartbeats under way. Then it ends the
// relay as an operator would, and returns the tally of its events. A relay that ended at
// once could count a lost heartbeat as cut off.
func (r *Relay) Finish(ctx context.Context) (Tally, error) {
	before := r.Events.Tally()
	settled, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	_, late := r.Events.Wait(settled, r.Process, func(now Tally) bool { return now.Settled(before) })
	if late != nil {
		late = fmt.Errorf("heartbeats neither answered nor lost after %v: %w", settling, late)
	}
	if err := r.Stop(ctx); err != nil {
		return r.Events.Tally(), err
	}
	return r.Events.Tally(), late
}
