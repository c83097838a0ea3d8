package replay_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A chatter is an end that says what is drawn, cut into records as it is drawn, and answers
// heartbeats.
type chatter struct {
	conn   *tls.Conn
	says   protocol.Direction
	inject func()          // asks the relay to send something
	owed   *sync.WaitGroup // answers to heartbeats

	mu  sync.Mutex // held while frames are written
	rng *rand.Rand
}

// send writes whole frames. Between records the relay may be asked to insert some.
func (c *chatter) send(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(b) > 0 {
		n := min(len(b), 1+c.rng.IntN([...]int{5, 50, 3000, 40_000}[c.rng.IntN(4)]))
		if _, err := c.conn.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
		if c.rng.IntN(3) == 0 {
			c.inject()
		}
	}
	return nil
}

// frames returns some frames.
func (c *chatter) frames() (b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range 1 + c.rng.IntN(6) {
		stream := uint32(1 + c.rng.IntN(5))
		switch c.rng.IntN(6) {
		case 0:
			c.owed.Add(1)
			b, _ = protocol.AppendFrame(b, protocol.HeartRequest, 0, nil)
		case 1:
			b, _ = protocol.AppendFrame(b, protocol.Waste, 0, make([]byte, c.rng.IntN(300)))
		case 2:
			command := protocol.SYN
			if c.says == protocol.ServerToClient {
				command = protocol.SYNACK
			}
			b, _ = protocol.AppendFrame(b, command, stream, nil)
		case 3:
			b, _ = protocol.AppendFrame(b, protocol.FIN, stream, nil)
		default:
			b, _ = protocol.AppendFrame(b, protocol.PSH, stream, make([]byte, c.rng.IntN([...]int{10, 1000, 30_000}[c.rng.IntN(3)])))
		}
	}
	return b
}

// listen answers heartbeats until the other end says no more.
func (c *chatter) listen() error {
	d := protocol.NewDecoder(c.says.Reverse())
	answer, _ := protocol.AppendFrame(nil, protocol.HeartResponse, 0, nil)
	buf := make([]byte, 20_000)
	for {
		n, err := c.conn.Read(buf)
		for b := buf[:n]; len(b) > 0; {
			p, used := d.Next(b)
			b = b[used:]
			switch {
			case p.Kind != protocol.PieceFrame || !p.Last:
			case p.Header.Command == protocol.HeartResponse:
				c.owed.Done()
			case p.Header.Command == protocol.HeartRequest:
				if err := c.send(answer); err != nil {
					return err
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// oneWay leaves of a view what does not depend on how the frames of one direction stand among
// those of the other: what is drawn for each knows nothing of the other.
func oneWay(s sight) sight {
	s.Streams, s.Codes, s.Errors, s.Warnings, s.Notes = nil, nil, 0, 0, 0
	s.Passing = journal.Passing{Streams: s.Passing.Streams} // what the others are depends on the SYN's place
	s.State = session.State{
		ClosedBy: s.State.ClosedBy, Frames: s.State.Frames, Wire: s.State.Wire, Opaque: s.State.Opaque,
		Commands: s.State.Commands, LastStream: s.State.LastStream,
	}
	for _, frames := range s.Frames {
		for i := range frames {
			frames[i].Info = ""
		}
	}
	return s
}

// TestLiveAndReplayAgreeOnAnything: whatever peers say, however it is cut into records, and
// whatever the relay inserts meanwhile in both directions: the recording tells each frame
// once, in its place, as the relay did.
func TestLiveAndReplayAgreeOnAnything(t *testing.T) {
	t.Parallel()
	const (
		clients = 8
		turns   = 40
	)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var mu sync.Mutex
	drawn := uint64(0)
	draw := func() *rand.Rand {
		mu.Lock()
		defer mu.Unlock()
		drawn++
		return rand.New(rand.NewPCG(seed, drawn))
	}
	var talking, owed sync.WaitGroup // until all has been said, and answered
	talking.Add(2 * clients)
	var over atomic.Bool // all has been said
	registry := make(chan *capture.Registry, 1)
	inject := func(r *capture.Registry, rng *rand.Rand) func() {
		return func() {
			if over.Load() {
				return
			}
			// It may be too early for it.
			_, _ = r.Inject(capture.SessionID(1+rng.IntN(clients)), capture.Insert{
				Toward: protocol.Peer(rng.IntN(2)), When: capture.WhenPossible,
				Frame: protocol.Frame{Command: protocol.HeartRequest},
			})
		}
	}
	serve := func(_ context.Context, ln net.Listener, cfg peer.ServerConfig) error {
		r := <-registry
		var wg sync.WaitGroup
		defer wg.Wait()
		for range clients {
			raw, err := ln.Accept()
			if err != nil {
				return err
			}
			rng := draw()
			c := &chatter{conn: tls.Server(raw, cfg.TLS), says: protocol.ServerToClient, rng: rng, inject: inject(r, rng), owed: &owed}
			wg.Go(func() {
				said := make(chan error, 1)
				go func() {
					hello, _ := protocol.AppendFrame(nil, protocol.ServerSettings, 0, []byte("v=2"))
					err := c.send(hello)
					for i := 0; i < turns && err == nil; i++ {
						err = c.send(c.frames())
					}
					talking.Done()
					said <- err
				}()
				if err := errors.Join(c.listen(), <-said, c.conn.Close()); err != nil {
					t.Errorf("a server: %v", err)
				}
			})
		}
		return nil
	}
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	// On a machine that has much else to do an answer may come late. Whose one is that comes behind what was
	// given up is not always known.
	patient := usual()
	patient.HeartbeatTimeout = time.Minute
	live := relayedBy(t, patient, file, pcapng.Options{}, serve, func(ctx context.Context, r *capture.Registry, j *journal.Journal, cfg peer.ClientConfig) {
		registry <- r
		quiet := func() bool {
			for id := range capture.SessionID(clients) {
				if len(r.Waiting(id+1)) > 0 {
					return false
				}
			}
			for _, s := range journal.Look(j, journal.AskSessions{Window: journal.Window{Limit: clients}}).Rows {
				if s.Waiting != (protocol.ByPeer[uint64]{}) {
					return false
				}
			}
			return true
		}
		var wg sync.WaitGroup
		defer wg.Wait()
		for range clients {
			raw, err := (&tls.Dialer{Config: cfg.TLS}).DialContext(ctx, "tcp", cfg.Address)
			if err != nil {
				t.Fatal(err)
			}
			rng := draw()
			c := &chatter{conn: raw.(*tls.Conn), says: protocol.ClientToServer, rng: rng, inject: inject(r, rng), owed: &owed}
			wg.Go(func() {
				heard := make(chan error, 1)
				go func() { heard <- c.listen() }()
				preamble := protocol.Preamble{Hash: protocol.HashPassword(cfg.Password), Padding: 30}.Append(nil)
				settings, _ := protocol.AppendFrame(nil, protocol.Settings, 0, []byte("v=2\nclient=test/1"))
				err := c.send(append(preamble, settings...))
				for i := 0; i < turns && err == nil; i++ {
					err = c.send(c.frames())
				}
				talking.Done()
				talking.Wait()
				over.Store(true)
				owed.Wait()
				until(ctx, t, j, quiet)
				if err := errors.Join(err, c.conn.CloseWrite(), <-heard, c.conn.Close()); err != nil {
					t.Errorf("a client: %v", err)
				}
			})
		}
	})
	again := replayedBy(t, patient, file, capture.NoLeg)
	injected := uint64(0)
	for id := range capture.SessionID(clients) {
		want := oneWay(timelessOf(live, id+1))
		agree(t, want, oneWay(timelessOf(again, id+1)))
		for _, h := range want.Heartbeats {
			injected += h.Injected.Answered
		}
	}
	if injected < 100 {
		t.Errorf("only %d heartbeats were injected", injected)
	}
}
