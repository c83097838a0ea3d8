package guide

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/clock"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// reading is how often the collector reads the journal: often enough to miss nothing.
const reading = 100 * time.Millisecond

// A relaying is a relay of a rig that runs, with the journal that it records into.
//
// Its goroutines: the relay's serves until end is called; the reader reads until then.
type relaying struct {
	addr     string
	journal  *journal.Journal
	registry *capture.Registry
	watch    *report.Watch
	pulse    *pulse

	served   chan struct{} // closed when the relay has ended
	serveErr error         // why; read once served is closed
	stop     func()        // ends all, once

	mu        sync.Mutex // guards the collector
	collector report.Collector
}

// startRelaying has a relay listen for the clients of a part and take them to the server at an
// address. The caller has to end it.
func (r *run) startRelaying(part, server string) (*relaying, error) {
	ln, err := net.Listen("tcp", cmp.Or(r.cfg.Listen, "127.0.0.1:0"))
	if err != nil {
		return nil, fmt.Errorf("the relay can't listen: %w", err)
	}
	var recorder capture.Recorder
	closeRecording := func() {}
	if r.cfg.Record != nil {
		if recorder, closeRecording, err = r.cfg.Record(part); err != nil {
			_ = ln.Close()
			return nil, err
		}
	}
	schemes := session.NewSchemes()
	cfg := r.cfg.Session
	cfg.Schemes = schemes
	route := r.cfg.Route
	if r.cfg.Server.Command != nil {
		route = capture.Route{Server: server, Insecure: true}
	}
	g := &relaying{
		addr: ln.Addr().String(), journal: journal.New(r.cfg.Limits, cfg), registry: capture.NewRegistry(),
		watch: report.NewWatch(time.Now()), served: make(chan struct{}),
	}
	g.collector.Watch = g.watch
	g.pulse = &pulse{journal: g.journal, registry: g.registry}
	g.journal.ExpectCredentials(route.Name, []session.Credential{{Hash: protocol.HashPassword(r.password)}})
	relay := relay.New(relay.Config{
		Route: route, Roots: r.cfg.Roots, ClientCertificate: r.cfg.ClientCertificate, Certificate: r.certificate,
		Recorder: recorder, HeartbeatTimeout: cfg.HeartbeatTimeout, Schemes: schemes, Registry: g.registry, Warn: r.cfg.Warn,
		Trust: r.trust(),
	}, g.journal)
	relay.Announce(ln.Addr())
	serving, cancel := context.WithCancel(context.Background())
	var reader sync.WaitGroup
	go func() { // until cancel, or an error
		defer close(g.served)
		g.serveErr = relay.Serve(serving, ln)
	}()
	reader.Go(func() { g.read(serving) })
	stopClock := clock.Run(g.journal, g.watch)
	g.stop = sync.OnceFunc(func() {
		g.pulse.beat(0)
		cancel()
		<-g.served
		reader.Wait()
		closeRecording()
		stopClock()
	})
	return g, nil
}

// read has the collector read the journal until ctx ends.
func (g *relaying) read(ctx context.Context) {
	ticks := time.NewTicker(reading)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			g.mu.Lock()
			g.collector.Read(g.journal)
			g.mu.Unlock()
		case <-ctx.Done():
			return
		}
	}
}

// end ends the relay and its sessions, and waits for that. It may be called again.
func (g *relaying) end() { g.stop() }

// gone says why the relay has ended by itself; nil: it runs.
func (g *relaying) gone() error {
	select {
	case <-g.served:
		if g.serveErr == nil {
			return nil // it was ended
		}
		return fmt.Errorf("the relay ended: %w", g.serveErr)
	default:
		return nil
	}
}

// beat has heartbeats injected toward both sides of all sessions, so far apart; 0: none any more.
func (g *relaying) beat(every time.Duration) {
	g.pulse.beat(0)
	p := capture.Periodic{Every: every}
	if every > 0 {
		p.Toward = protocol.ByPeer[bool]{true, true}
	}
	g.registry.SetPeriodic(p)
}

// settle ends the heartbeats, and returns when it is known what became of those under way.
func (g *relaying) settle(ctx context.Context) {
	g.beat(0)
	g.until(ctx, func(f protocol.ByPeer[session.Figures]) bool {
		return f[protocol.Server].Waiting+f[protocol.Client].Waiting == 0
	})
}

// until returns when the figures are as wanted, or ctx ends. The journal wakes it.
func (g *relaying) until(ctx context.Context, wanted func(protocol.ByPeer[session.Figures]) bool) {
	for {
		version := g.journal.Version()
		if wanted(g.figures()) {
			return
		}
		select {
		case <-g.journal.Changed(version):
		case <-ctx.Done():
			return
		}
	}
}

// figures returns the heartbeats so far, by the peer that they go toward.
func (g *relaying) figures() (f protocol.ByPeer[session.Figures]) {
	totals := g.journal.Totals()
	for _, p := range peers {
		f[p] = totals.Toward(p).Figures
	}
	return f
}

// lost tells whether heartbeats were lost so far.
func (g *relaying) lost() bool {
	f := g.figures()
	return f[protocol.Server].Lost+f[protocol.Client].Lost > 0
}

// injected returns how many heartbeats went toward each end so far that were not its peer's own.
func (g *relaying) injected() (n protocol.ByPeer[uint64]) {
	totals := g.journal.Totals()
	for _, p := range peers {
		n[p] = totals.Toward(p).Injected.Sent
	}
	return n
}

// measure returns a scenario with what the journal has by now.
func (g *relaying) measure(s report.Scenario) report.Scenario {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.collector.Read(g.journal)
	return report.Measure(g.journal, &g.collector, s)
}
