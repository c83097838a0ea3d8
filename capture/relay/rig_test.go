package relay_test

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// patience bounds every wait of the tests: none waits that long unless it fails.
const patience = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A rig is a relay between a client and a server that the test plays itself.
type rig struct {
	t        testing.TB
	relay    *relay.Relay
	registry *capture.Registry
	journal  *journal.Journal
	schemes  *session.Schemes
	addr     string
	ca       *ca.Authority // the relay's
	serverCA *ca.Authority
	accepted chan *tls.Conn          // what the server accepted, after its handshake
	done     chan struct{}           // closed when Serve has returned
	blocked  chan protocol.Direction // whose bytes do not move, each time that is told
	stop     context.CancelFunc
	cfg      *tls.Config // the server's

	mu       sync.Mutex
	warnings []string
}

// options change what newRig sets up.
type options struct {
	relay  func(*relay.Config)
	server func(*tls.Config)
	listen func(net.Listener) net.Listener
	sink   func(capture.Sink) capture.Sink
	limits journal.Limits
}

func newRig(t testing.TB, o options) *rig {
	t.Helper()
	r := &rig{t: t, registry: capture.NewRegistry(), accepted: make(chan *tls.Conn, 16), done: make(chan struct{}), blocked: make(chan protocol.Direction, 64)}
	var err error
	if r.ca, err = ca.Ephemeral(); err != nil {
		t.Fatal(err)
	}
	if r.serverCA, err = ca.Ephemeral(); err != nil {
		t.Fatal(err)
	}
	r.cfg = &tls.Config{GetCertificate: r.serverCA.Certificate, DynamicRecordSizingDisabled: true}
	if o.server != nil {
		o.server(r.cfg)
	}
	server := r.serve()
	r.schemes = session.NewSchemes()
	r.journal = journal.New(o.limits, session.Config{Schemes: r.schemes})
	cfg := relay.Config{
		Route: capture.Route{Server: server}, Roots: r.serverCA.Pool(), Certificate: r.ca.Certificate,
		Schemes: r.schemes, Registry: r.registry,
		Warn: func(s string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.warnings = append(r.warnings, s)
		},
	}
	if o.relay != nil {
		o.relay(&cfg)
	}
	var sink capture.Sink = sinkFunc(func(e *capture.Event) {
		r.journal.Record(e)
		if e.Kind == capture.Blocked {
			select {
			case r.blocked <- e.Dir:
			default: // the test waits for none
			}
		}
	})
	if o.sink != nil {
		sink = o.sink(sink)
	}
	r.relay = relay.New(cfg, sink)
	ln := listen(t)
	r.addr = ln.Addr().String()
	if o.listen != nil {
		ln = o.listen(ln)
	}
	r.relay.Announce(ln.Addr())
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	go func() {
		defer close(r.done)
		if err := r.relay.Serve(ctx, ln); err != nil {
			t.Errorf("Serve: %v", err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	return r
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// serve accepts the relay's connections and hands them out after the handshake.
func (r *rig) serve() (addr string) {
	ln := listen(r.t)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				c := tls.Server(nc, r.cfg)
				_ = c.SetDeadline(time.Now().Add(patience))
				if c.Handshake() != nil {
					_ = nc.Close()
					return
				}
				r.accepted <- c
			})
		}
	})
	r.t.Cleanup(func() {
		_ = ln.Close()
		wg.Wait()
	})
	return ln.Addr().String()
}

// dial connects a client through the relay and returns both ends.
func (r *rig) dial(change func(*tls.Config)) (client, server *tls.Conn) {
	r.t.Helper()
	cfg := &tls.Config{RootCAs: r.ca.Pool(), ServerName: "example.com", DynamicRecordSizingDisabled: true}
	if change != nil {
		change(cfg)
	}
	client, err := tls.Dial("tcp", r.addr, cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = client.SetDeadline(time.Now().Add(patience))
	server = <-r.accepted
	r.t.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
	})
	return client, server
}

// A view is what the tests look at: the first session, and the newest frames of all.
type view struct {
	Totals     journal.Summary
	Session    *journal.SessionDetail
	Sessions   []journal.SessionRow
	Heartbeats journal.Heartbeats
	Frames     journal.Frames
}

func (r *rig) look() *view {
	return &view{
		Totals:     journal.Look(r.journal, journal.AskSummary{}),
		Session:    journal.Look(r.journal, journal.AskSession{ID: 1}),
		Sessions:   journal.Look(r.journal, journal.AskSessions{Window: journal.Window{Limit: 10}}).Rows,
		Heartbeats: journal.Look(r.journal, journal.AskHeartbeats{Session: 1}),
		Frames:     journal.Look(r.journal, journal.AskFrames{Before: 100}),
	}
}

// late tells when a wait that begins now has lasted for long enough.
func (*rig) late() <-chan time.Time { return time.After(patience) }

// await waits until the journal satisfies ok.
func (r *rig) await(what string, ok func(*view) bool) *view {
	r.t.Helper()
	late := r.late()
	for {
		changed := r.journal.Changed(r.journal.Version())
		v := r.look()
		if ok(v) {
			return v
		}
		select {
		case <-changed:
		case <-late:
			r.t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// hello is what a client sends first: the preamble and its Settings.
func hello(t testing.TB) (preamble, settings []byte) {
	t.Helper()
	scheme, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
	if err != nil {
		t.Fatal(err)
	}
	preamble = protocol.Preamble{Hash: protocol.HashPassword("secret"), Padding: 30}.Append(nil)
	text := protocol.SettingsText{Version: 2, Client: "test/1", PaddingMD5: scheme.MD5()}.Append(nil)
	return preamble, frame(t, protocol.Settings, 0, text)
}

func frame(t testing.TB, c protocol.Command, stream uint32, data []byte) []byte {
	t.Helper()
	b, err := protocol.AppendFrame(nil, c, stream, data)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// write writes each of records as one record.
func write(t testing.TB, c net.Conn, records ...[]byte) {
	t.Helper()
	for _, b := range records {
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
}

// read reads one record.
func read(t testing.TB, c net.Conn) []byte {
	t.Helper()
	buf := make([]byte, 17<<10)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return buf[:n]
}
