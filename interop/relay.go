package interop

import (
	"context"
	"fmt"
)

// beatInterval is how often a heartbeat is injected into each session, toward
// either side.
const beatInterval = "100ms"

// A Relay is a running anytls-inspect that injects heartbeats both ways.
type Relay struct {
	*Process
	Events *Events
	Addr   string
}

// StartRelay starts the relay in front of server. Its CA and all else that it
// keeps goes to dir.
func StartRelay(ctx context.Context, dir, server, password string) (*Relay, error) {
	binary, err := fromRun(relayVar)
	if err != nil {
		return nil, err
	}
	events := NewEvents()
	env := []string{"XDG_CONFIG_HOME=" + dir, "ANYTLS_PASSWORD=" + password}
	p, err := Start(ctx, dir, env, events, binary,
		"relay", "-l", "127.0.0.1:0", "-s", server, "-k", "-o", "json", "--heartbeat", beatInterval+",both")
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
