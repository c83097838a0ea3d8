package relay_test

import (
	"context"
	"flag"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

var (
	chaosTime = flag.Duration("chaos", 3*time.Second, "how long sessions begin in the chaos")
	chaosSeed = flag.Uint64("chaos.seed", 0, "what is drawn in the chaos; 0: one of the clock, which is printed")
)

const (
	// chaosClients is how many clients there are at a time.
	chaosClients = 16
	// chaosPace is how often the relay asks both peers.
	chaosPace = 100 * time.Millisecond
)

// A chaos is clients and servers that keep account of all that they send and get, with
// the relay between them and a faulty path on either side of it.
type chaos struct {
	t      *testing.T
	rig    *rig
	near   *faultyPath // from the clients to the relay
	far    *faultyPath // from the relay to the server
	until  time.Time   // no session, stream or stall begins after it
	seed   maphash.Seed
	scheme *protocol.PaddingScheme

	mu       sync.Mutex
	sessions []*chaosSession // by their numbers, from 1
	relayed  map[capture.SessionID]*relayedSession
}

// A relayedSession is a session as the relay's events told it.
type relayedSession struct {
	client   *faultyConn
	injected protocol.ByPeer[int] // HeartRequests toward each
	// When the relay had each HeartRequest toward a peer, and each HeartResponse from it.
	asked, answered protocol.ByPeer[[]time.Time]
	left            protocol.ByPeer[bool] // while the other kept the session
	by              session.Closer
	reason          string
	closed          bool
}

// String returns how the relay told the session's end.
func (r *relayedSession) String() string {
	switch {
	case r == nil:
		return "no session of the relay"
	case !r.closed:
		return "not closed"
	default:
		return "closed by the " + r.by.String() + ", " + strconv.Quote(r.reason)
	}
}

// TestChaos plays sessions over a network of faults: delays, single bytes, stalls, resets,
// truncated and half-closed connections, on both legs of the relay, which injects heartbeats both
// ways. Both ends keep account of each frame, and so it shows whether
//
//   - what an end got is what the other one sent, to the byte, as far as it goes;
//   - every stream is whole, unless a fault has ended a connection of its session;
//   - every HeartRequest, whoever sent it, was answered to whom it belongs, unless such a
//     fault came before, and none counts as late that was answered in time;
//   - the journal tells it as it was;
//   - nothing is left when the sessions are over.
//
// It runs for longer with -chaos 5m. What the network and the peers do follows from
// -chaos.seed, and when from the machine.
func TestChaos(t *testing.T) {
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().Unix())
	}
	t.Logf("-chaos.seed %d", seed)
	quit, cancel := context.WithCancel(context.Background())
	c := &chaos{t: t, until: time.Now().Add(*chaosTime), seed: maphash.MakeSeed(), relayed: make(map[capture.SessionID]*relayedSession)}
	var err error
	if c.scheme, err = protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme)); err != nil {
		t.Fatal(err)
	}
	c.rig = newRig(t, options{
		limits: journal.Limits{Sessions: 1 << 20},
		relay: func(cfg *relay.Config) {
			c.far = newFaultyPath(quit, t, cfg.Server, seed<<1, c.until)
			cfg.Server = c.far.addr()
		},
		sink: func(next capture.Sink) capture.Sink {
			return sinkFunc(func(e *capture.Event) { c.note(e); next.Record(e) })
		},
	})
	c.near = newFaultyPath(quit, t, c.rig.addr, seed<<1|1, c.until)
	t.Cleanup(func() {
		cancel()
		c.near.wg.Wait()
		c.far.wg.Wait()
	})
	both := protocol.ByPeer[bool]{true, true}
	c.rig.registry.SetPeriodic(capture.Periodic{Every: chaosPace, Toward: both})

	sockets, running := openSockets(t), []goleak.Option{
		goleak.IgnoreCurrent(),
		// They have begun, or are about to.
		goleak.IgnoreTopFunction("anytls-inspect/capture/relay.(*Relay).keepPace"),
		goleak.IgnoreTopFunction("anytls-inspect/capture/relay.(*Relay).lookAfter"),
	}
	c.play(seed)
	r := c.judge()
	for socket := range openSockets(t) {
		if !sockets[socket] { // those of other tests may end meanwhile
			r.sockets++
		}
	}
	r.leak = goleak.Find(running...)
	t.Log(r)
	r.fail(t)
}

// play plays sessions for so long, and waits until all are over.
func (c *chaos) play(seed uint64) {
	var clients, servers sync.WaitGroup
	stop := make(chan struct{})
	servers.Go(func() {
		for n := uint64(0); ; n++ {
			select {
			case conn := <-c.rig.accepted:
				servers.Go(func() { c.serve(conn, rand.New(rand.NewPCG(seed, 1<<40|n))) })
			case <-stop:
				return
			}
		}
	})
	for range chaosClients {
		clients.Go(func() {
			for !c.timeIsUp() {
				s, rnd := c.begin(seed)
				if s.ours {
					s.playOurs(c, rnd)
				} else {
					s.play(c, rnd)
				}
			}
		})
	}
	clients.Wait()
	c.near.idle()
	c.rig.await("the end of all sessions", func(v *view) bool {
		return v.Totals.Live == 0 && int(v.Totals.Sessions+v.Totals.Probes) == len(c.near.conns)
	})
	c.far.idle()
	close(stop)
	servers.Wait()
}

// timeIsUp tells whether no session, and no stream, is to begin any more.
func (c *chaos) timeIsUp() bool { return !time.Now().Before(c.until) }

// begin begins a session.
func (c *chaos) begin(seed uint64) (*chaosSession, *rand.Rand) {
	c.mu.Lock()
	defer c.mu.Unlock()
	number := len(c.sessions) + 1
	rnd := rand.New(rand.NewPCG(seed, uint64(number)))
	s := drawSession(number, rnd)
	c.sessions = append(c.sessions, s)
	return s, rnd
}

// session returns the session with a number.
func (c *chaos) session(number int) *chaosSession {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[number-1]
}

// note keeps account of what the relay's events tell.
func (c *chaos) note(e *capture.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e.Kind {
	case capture.Opened:
		c.relayed[e.Session] = &relayedSession{client: c.near.comesFrom(e.Client)}
	case capture.Data:
		r := c.relayed[e.Session]
		if e.Fate.Kind == session.Injected && protocol.Command(e.Data[0]) == protocol.HeartRequest {
			r.injected[e.Dir.Receiver()]++
			r.beat(e, protocol.HeartRequest)
		}
		for _, p := range e.Pieces {
			if p.Last {
				r.beat(e, p.Header.Command)
			}
		}
	case capture.Gone:
		c.relayed[e.Session].left[e.Dir.Sender()] = true
	case capture.Closed:
		r := c.relayed[e.Session]
		r.by, r.reason, r.closed = e.By, e.Reason, true
	}
}

// beat notes when the relay had a heartbeat.
func (r *relayedSession) beat(e *capture.Event, c protocol.Command) {
	switch to, from := e.Dir.Receiver(), e.Dir.Sender(); c {
	case protocol.HeartRequest:
		r.asked[to] = append(r.asked[to], e.At)
	case protocol.HeartResponse:
		r.answered[from] = append(r.answered[from], e.At)
	}
}

// slower returns how many HeartRequests toward a peer took so long. Answers come in the order
// of the requests.
func (r *relayedSession) slower(toward protocol.Peer, long time.Duration) (n int) {
	asked := r.asked[toward]
	for i, at := range r.answered[toward] {
		if i < len(asked) && at.Sub(asked[i]) >= long {
			n++
		}
	}
	return n
}

// idle waits until no connection is left. Where some are left for long, they stay open, and
// count as what is left.
func (p *faultyPath) idle() {
	late := false
	impatient := time.AfterFunc(patience, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		late = true
		p.changed.Broadcast()
	})
	defer impatient.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.open > 0 && !late {
		p.changed.Wait()
	}
}

// openSockets returns the sockets that the process has, where the system tells.
func openSockets(t *testing.T) map[string]bool {
	t.Helper()
	sockets := make(map[string]bool)
	files, err := os.ReadDir("/proc/self/fd")
	if os.IsNotExist(err) {
		return sockets
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if to, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			sockets[to] = true
		}
	}
	return sockets
}
