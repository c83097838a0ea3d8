package guide

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/guide/traffic"
	"anytls-inspect/protocol"
)

// A rig is a running pair: its server, its client, the relay in between unless the pair is
// direct, and what sends requests through the client.
type rig struct {
	ends     protocol.ByPeer[end]
	relaying *relaying // nil: direct
	proxy    *traffic.Proxy
	awaited  bool   // the server is ready, which listens before it is
	tooEarly bool   // a request failed before the pair was ready, which it is now
	step     moment // when that began which runs; zero: when the rig was started
}

// A startError says why a rig could not be started.
type startError struct{ error }

// Unwrap returns the error itself.
func (s startError) Unwrap() error { return s.error }

// directRig is what the files are called by of the pair without the relay.
const directRig = "direct"

// startRig starts the ends that don't run already. Name is what their files are called by. The
// error is a [startError], unless ctx has ended.
func (r *run) startRig(ctx context.Context, name string, through bool) (*rig, error) {
	g := &rig{}
	err := r.startAll(ctx, g, name, through)
	if err == nil {
		return g, nil
	}
	g.end()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, startError{lastWords(err)}
}

func (r *run) startAll(ctx context.Context, g *rig, name string, through bool) (err error) {
	server := r.cfg.Route.Server
	if r.cfg.Server.Command != nil {
		if server, err = process.FreeAddr(); err != nil {
			return err
		}
	}
	if g.ends[protocol.Server], err = r.startEnd(ctx, protocol.Server, name, server, process.Values{
		Listen: server, Cert: r.files.cert, Key: r.files.key,
	}); err != nil {
		return err
	}
	if through {
		if err = r.await(ctx, g, name, server); err != nil {
			return err
		}
		if g.relaying, err = r.startRelaying(name, server); err != nil {
			return err
		}
		server = g.relaying.addr
	}
	return r.startClient(ctx, g, name, server, through)
}

// startClient starts the client of a rig, to which all else belongs already, and waits until the pair
// is ready.
func (r *run) startClient(ctx context.Context, g *rig, name, server string, through bool) (err error) {
	socks := r.cfg.Client.Socks
	switch {
	case r.cfg.Client.Command != nil:
		if socks, err = process.FreeAddr(); err != nil {
			return err
		}
	case !through:
		socks = r.cfg.SocksDirect
	}
	if g.ends[protocol.Client], err = r.startEnd(ctx, protocol.Client, name, socks, process.Values{
		Server: server, Socks: socks,
	}); err != nil {
		return err
	}
	if g.proxy, err = r.proxy(socks); err == nil {
		g.awake(ctx)
	}
	return err
}

// await waits until a server is ready that listens before it is, by means of a client that knows it
// without the relay, which is not to see what the server closes until then.
func (r *run) await(ctx context.Context, g *rig, name, server string) error {
	if !r.cfg.Server.isEarly() || r.cfg.Client.Command == nil {
		return nil
	}
	e := &g.ends[protocol.Server]
	without := &rig{}
	without.ends[protocol.Server] = end{End: e.End, peer: e.peer} // which goes on
	defer without.end()
	err := r.startClient(ctx, without, name+"-early", server, false)
	g.awaited = true
	if without.tooEarly {
		e.logFrom = sizeOf(e.log())
	}
	return err
}

// startEnd starts an end, unless it runs already, and waits until it accepts connections at an
// address.
func (r *run) startEnd(ctx context.Context, p protocol.Peer, name, addr string, v process.Values) (end, error) {
	given := r.cfg.end(p)
	e := end{End: given, peer: p}
	if given.Command == nil {
		e.logFrom = sizeOf(given.Log)
		return e, nil
	}
	command := *given.Command
	if name == PairPart || name == directRig {
		command.Env = slices.Concat(command.Env, given.LogEnv)
	}
	name += "-" + p.String()
	v.Password, v.CA, v.Dir = r.password, r.files.ca, filepath.Join(r.cfg.Dir, name)
	if err := os.MkdirAll(v.Dir, 0o700); err != nil {
		return e, err
	}
	started, err := process.Start(p.String(), command, v, filepath.Join(r.cfg.Dir, name+".log"))
	if err != nil {
		return e, err
	}
	e.process = started
	r.started(started)
	return e, started.Ready(ctx, addr, r.pace.patience)
}

// while returns a context that ends with ctx, and when an end of the pair is gone. Its goroutine
// ends when release is called, which waits for it.
func (g *rig) while(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var served <-chan struct{}
	if g.relaying != nil {
		served = g.relaying.served
	}
	var watching sync.WaitGroup
	watching.Go(func() {
		defer cancel(errGone)
		select {
		case <-g.ends[protocol.Server].done():
		case <-g.ends[protocol.Client].done():
		case <-served:
		case <-ctx.Done():
		}
	})
	return ctx, func() {
		cancel(nil)
		watching.Wait()
	}
}

// errGone is the cause of the end of a context that ended since an end of the pair is gone.
var errGone = errors.New("the pair has broken off")

// cut tells whether what was measured last was cut short for no fault of the pair: the run was
// ended, or the time of the step is over.
func cut(ctx context.Context) bool {
	return ctx.Err() != nil && !errors.Is(context.Cause(ctx), errGone)
}

// interrupted tells whether the end of the run has cut short what was measured last.
func interrupted(ctx context.Context) bool {
	return cut(ctx) && !errors.Is(context.Cause(ctx), errLate)
}

// gone says which end of the pair has ended by itself, and how; nil: none.
func (g *rig) gone() error {
	var all []string
	for _, p := range peers {
		if started := g.ends[p].process; started != nil {
			if err := started.Ended(); err != nil {
				all = append(all, lastWords(err).Error())
			}
		}
	}
	if g.relaying != nil {
		if err := g.relaying.gone(); err != nil {
			all = append(all, err.Error())
		}
	}
	if len(all) == 0 {
		return nil
	}
	return errors.New(strings.Join(all, "; "))
}

// warmUp has a client that runs already find the relay, which is there again: what it kept of
// sessions of before is dead.
func (g *rig) warmUp(ctx context.Context, tries int) {
	for range tries {
		if _, err := g.proxy.Request(ctx); err == nil || ctx.Err() != nil {
			return
		}
	}
}

// earlyPatience is how long an end may listen before it is ready.
const earlyPatience = 5 * time.Second

// awake waits until the pair answers a request, where an end was started that listens before it is
// ready. What the ends have logged of those that failed before does not count.
func (g *rig) awake(ctx context.Context) {
	if !g.ends[protocol.Client].isEarly() && (g.awaited || !g.ends[protocol.Server].isEarly()) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, earlyPatience)
	defer cancel()
	ctx, release := g.while(ctx)
	defer release()
	failed, answered := g.proxy.Awake(ctx)
	if g.tooEarly = failed && answered; !g.tooEarly {
		return // what is wrong is told by the requests that count
	}
	for _, p := range peers {
		e := &g.ends[p]
		e.logFrom = sizeOf(e.log())
	}
}

// end ends all that was started: the relay first, so that nobody is blamed for the sessions' end.
func (g *rig) end() {
	if g.relaying != nil {
		g.relaying.end()
	}
	var ending sync.WaitGroup
	for _, e := range g.ends {
		if e.process != nil {
			ending.Go(e.process.Stop)
		}
	}
	ending.Wait()
}

// pause waits for a time, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
