package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A memorySink is a sink that keeps all events.
type memorySink struct {
	mu     sync.Mutex
	events []capture.Event
}

func (m *memorySink) Record(e *capture.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := *e
	kept.Data = slices.Clone(e.Data)
	m.events = append(m.events, kept)
}

// notes is a handler that writes down notices and the commands of frames.
type notes []string

func (n *notes) Frame(f *session.Frame) {
	if f.Preamble {
		*n = append(*n, "preamble")
	} else {
		*n = append(*n, fmt.Sprintf("%v %v", f.Dir, f.Header.Command))
	}
}
func (n *notes) Notice(what session.Notice) { *n = append(*n, what.NoticeName()) }

// TestTrace: a client records a whole session, and a tracker finds nothing wrong with it.
func TestTrace(t *testing.T) {
	p := newPair(t)
	sink := new(memorySink)
	cfg := p.clientConfig(p.serve(t, ServerConfig{Dial: echo}))
	cfg.Sink, cfg.Session = sink, 3
	cfg.Scheme = parseScheme(t, "stop=1")
	c := dial(t, cfg)
	if _, err := c.Heartbeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := openStream(t, c)
	n := body{seed: 1, size: 40_000, chunk: 40_000}
	if err := n.send(s); err != nil {
		t.Fatal(err)
	}
	if err := n.check(s); err != nil {
		t.Fatal(err)
	}
	c.Close()

	var (
		kinds   []capture.Kind
		largest int
		last    time.Time
		seen    notes
	)
	tracker := session.NewTracker(session.Config{Credentials: []session.Credential{{}}}, &seen)
	for _, e := range sink.events {
		if e.Session != 3 || e.At.Before(last) {
			t.Errorf("event %+v: wrong session, or before the one before it", e)
		}
		last = e.At
		if e.Kind == capture.Data {
			largest = max(largest, len(e.Data))
			tracker.Data(e.At, e.Dir, e.Data, e.Fate)
		} else {
			kinds = append(kinds, e.Kind)
		}
	}
	if want := []capture.Kind{capture.Opened, capture.Established, capture.Closed}; !slices.Equal(kinds, want) {
		t.Errorf("kinds = %v, want %v", kinds, want)
	}
	if largest != protocol.MaxRecord {
		t.Errorf("the largest record is of %d bytes, want %d", largest, protocol.MaxRecord)
	}
	opened, established, closed := sink.events[0], sink.events[1], sink.events[len(sink.events)-1]
	if opened.Server != cfg.Address || opened.Client == "" {
		t.Errorf("opened = %+v", opened)
	}
	want := capture.TLS{Version: "TLS 1.3", Cipher: tls.CipherSuiteName(c.e.conn.(*tls.Conn).ConnectionState().CipherSuite), SNI: "server.test"}
	if *established.TLS != want {
		t.Errorf("TLS = %+v, want %+v", *established.TLS, want)
	}
	if closed.By != session.ClosedByClient || closed.Reason != "" {
		t.Errorf("closed = %+v", closed)
	}
	begin := "preamble; auth; c2s Settings; c2s HeartRequest; s2c UpdatePaddingScheme; diagnostic; s2c ServerSettings; s2c HeartResponse; heartbeat"
	if got := strings.Join(seen, "; "); !strings.HasPrefix(got, begin) {
		t.Errorf("it began with\n%s\nwant\n%s", got, begin)
	}
	st := tracker.State()
	if st.Payload != (protocol.ByDirection[uint64]{40_000, 40_000}) || st.Streams != 1 || st.Auth.Password != session.PasswordDiffers {
		t.Errorf("state = %+v", st)
	}
	if found := tracker.Diagnostics(); len(found) != 1 { // the password that we told it on purpose
		t.Errorf("diagnostics: %v", found)
	}
	if got := st.Commands[protocol.ClientToServer][protocol.PSH]; got != 2 {
		t.Errorf("%d PSH frames, want the target's and one more", got)
	}
}

// TestTraceOfAFailure: a session that could not be opened is recorded, too.
func TestTraceOfAFailure(t *testing.T) {
	p := newPair(t)
	sink := new(memorySink)
	cfg := p.clientConfig(p.serve(t, ServerConfig{}))
	cfg.Sink = sink
	cfg.TLS.ServerName = "other.test"
	if _, err := Dial(t.Context(), cfg); err == nil {
		t.Fatal("Dial succeeded")
	}
	if len(sink.events) != 2 || sink.events[1].Kind != capture.Closed || !strings.Contains(sink.events[1].Reason, "other.test") {
		t.Errorf("events = %+v", sink.events)
	}
	if last := sink.events[1]; !last.TLSFailed || last.By != session.ClosedByServer || !strings.Contains(last.Reason, "--sni") {
		t.Errorf("the failure of TLS is recorded as %+v", last)
	}

	nobody := new(memorySink)
	l := listen(t)
	l.Close()
	cfg = p.clientConfig(l.Addr().String())
	cfg.Sink = nobody
	if _, err := Dial(t.Context(), cfg); err == nil || len(nobody.events) > 0 {
		t.Errorf("Dial of nothing: %v; recorded %+v", err, nobody.events)
	}

	wrong := new(memorySink)
	cfg = p.clientConfig(p.serve(t, ServerConfig{}))
	cfg.Password, cfg.Sink = "wrong", wrong
	c := dial(t, cfg)
	<-c.Done()
	c.Close()
	if last := wrong.events[len(wrong.events)-1]; last.Kind != capture.Closed || last.By != session.ClosedByServer || last.Reason != "" {
		t.Errorf("the last event = %+v", last)
	}
}

// TestTraceOfTLSFailures: a certificate that a server misses is a failure of TLS also where
// that shows behind the handshake. Who gives up waiting blames nobody.
func TestTraceOfTLSFailures(t *testing.T) {
	p := newPair(t)
	server, sink := p.serverTLS(), new(memorySink)
	server.ClientAuth = tls.RequireAnyClientCert
	cfg := p.clientConfig(p.serve(t, ServerConfig{TLS: server}))
	cfg.Sink = sink
	if c, err := Dial(t.Context(), cfg); err == nil {
		_ = c.Greet(t.Context())
		_ = c.Close()
	}
	if last := sink.events[len(sink.events)-1]; !last.TLSFailed || last.By != session.ClosedByServer || !strings.Contains(last.Reason, "--client-cert FILE") {
		t.Errorf("the last event = %+v", last)
	}

	silent, given := listen(t), new(memorySink)
	ctx, cancel := context.WithCancel(t.Context())
	accepted := make(chan struct{})
	go func() { // until the client has gone
		defer close(accepted)
		if conn, err := silent.Accept(); err == nil {
			_, _ = conn.Read(make([]byte, 1))
			cancel()
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	cfg = p.clientConfig(silent.Addr().String())
	cfg.Sink = given
	if _, err := Dial(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("Dial: %v", err)
	}
	<-accepted
	if last := given.events[len(given.events)-1]; last.Kind != capture.Closed || last.TLSFailed || last.By != session.ClosedByClient {
		t.Errorf("given up: the last event = %+v", last)
	}
}
