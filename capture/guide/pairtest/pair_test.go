package pairtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/proxy"

	"anytls-inspect/capture/guide/pairtest"
	"anytls-inspect/capture/peer"
)

// patience bounds each wait of a test.
const patience = 20 * time.Second

const password = "pairtest"

// A log keeps lines.
type log struct {
	mu     sync.Mutex
	text   strings.Builder
	wanted string        // a text that somebody waits for
	came   chan struct{} // closed when it has come; nil: nobody waits
}

func (l *log) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.text, format+"\n", args...)
	if l.came != nil && strings.Contains(l.text.String(), l.wanted) {
		close(l.came)
		l.came = nil
	}
}

// waitFor returns a channel that is closed when a text is logged that was not yet.
func (l *log) waitFor(text string) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	came := make(chan struct{})
	l.wanted, l.came = text, came
	return came
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A pair is a server and a client that run in the test's process.
type pair struct {
	server, socks string // their addresses
	ended         chan error
	serverLog     log
	clientLog     log
}

// start starts a pair, until the test ends.
func start(t *testing.T, server pairtest.ServerConfig, client pairtest.ClientConfig) *pair {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var both sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		both.Wait()
	})
	p := &pair{ended: make(chan error, 2)}
	cert, roots, err := peer.SelfSigned("pair.test")
	if err != nil {
		t.Fatal(err)
	}
	server.Password, server.Certificate, server.Logf = password, &cert, p.serverLog.printf
	l := listen(t)
	p.server = l.Addr().String()
	both.Go(func() { p.ended <- pairtest.Server(ctx, l, server) })
	client.Server, client.Roots, client.Logf = p.server, roots, p.clientLog.printf
	if client.Password == "" {
		client.Password = password
	}
	inbound := listen(t)
	p.socks = inbound.Addr().String()
	both.Go(func() { p.ended <- pairtest.Client(ctx, inbound, client) })
	return p
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// mirror starts a target that sends back what it gets, and returns its address.
func mirror(t *testing.T, at string) string {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	t.Cleanup(conns.Wait)
	t.Cleanup(func() { l.Close() })
	conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			})
		}
	})
	return l.Addr().String()
}

// dial connects to a target through the pair.
func (p *pair) dial(t *testing.T, target string) (net.Conn, error) {
	t.Helper()
	dialer, err := proxy.SOCKS5("tcp", p.socks, nil, &net.Dialer{Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dialer.Dial("tcp", target)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { conn.Close() })
	return conn, conn.SetDeadline(time.Now().Add(patience))
}

// echo sends a word through the pair to a mirror and back.
func (p *pair) echo(t *testing.T, target, word string) error {
	t.Helper()
	conn, err := p.dial(t, target)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, word); err != nil {
		return err
	}
	got := make([]byte, len(word))
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	if string(got) != word {
		return fmt.Errorf("%q came back, want %q", got, word)
	}
	return nil
}

// TestPair: bytes go through the pair to a target by its IPv4 address, its name and its IPv6
// address.
func TestPair(t *testing.T) {
	p := start(t, pairtest.ServerConfig{}, pairtest.ClientConfig{})
	four := mirror(t, "127.0.0.1:0")
	_, port, err := net.SplitHostPort(four)
	if err != nil {
		t.Fatal(err)
	}
	targets := []string{four, "localhost:" + port}
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil {
		l.Close()
		targets = append(targets, mirror(t, "[::1]:0"))
	}
	for _, target := range targets {
		if err := p.echo(t, target, "a word to "+target); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
}

// TestWrongPassword: the client's user is told, and both ends log it.
func TestWrongPassword(t *testing.T) {
	p := start(t, pairtest.ServerConfig{}, pairtest.ClientConfig{Password: "another"})
	if err := p.echo(t, mirror(t, "127.0.0.1:0"), "word"); err == nil {
		t.Error("it went through")
	}
	if !strings.Contains(p.serverLog.String(), "ERROR [Server]") {
		t.Errorf("the server logged\n%s", p.serverLog.String())
	}
}

// TestFaults: an end that is to misbehave does, and the user of the client's inbound is told.
func TestFaults(t *testing.T) {
	target := mirror(t, "127.0.0.1:0")
	tests := map[string]struct {
		server, client string
		works          bool
		logs           string // a line of either end
	}{
		"server refuses":    {server: "refuse"},
		"client refuses":    {client: "refuse"},
		"server logs error": {server: "log-error", works: true, logs: "ERROR [Server]"},
		"client logs error": {client: "log-error", works: true, logs: "ERROR [Client]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := start(t, pairtest.ServerConfig{Fault: fault(t, test.server)}, pairtest.ClientConfig{Fault: fault(t, test.client)})
			if err := p.echo(t, target, "word"); (err == nil) != test.works {
				t.Errorf("error %v, works is to be %v", err, test.works)
			}
			if both := p.serverLog.String() + p.clientLog.String(); !strings.Contains(both, test.logs) {
				t.Errorf("no %q in\n%s", test.logs, both)
			}
		})
	}
}

func fault(t *testing.T, text string) pairtest.Fault {
	t.Helper()
	f, err := pairtest.ParseFault(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestDies: an end that is to die fails after so many streams.
func TestDies(t *testing.T) {
	target := mirror(t, "127.0.0.1:0")
	for name, of := range map[string][2]string{"server": {"die-after=2", ""}, "client": {"", "die-after=2"}} {
		t.Run(name, func(t *testing.T) {
			p := start(t, pairtest.ServerConfig{Fault: fault(t, of[0])}, pairtest.ClientConfig{Fault: fault(t, of[1])})
			for i := range 3 {
				if err := p.echo(t, target, "word"); (err == nil) != (i < 2) {
					t.Errorf("stream %d: error %v", i+1, err)
				}
			}
			select {
			case err := <-p.ended:
				if !errors.Is(err, pairtest.ErrDied) {
					t.Errorf("it ended with %v", err)
				}
			case <-time.After(patience):
				t.Error("it lives on")
			}
		})
	}
}

// TestSilent: a silent server takes all, and answers nothing.
func TestSilent(t *testing.T) {
	p := start(t, pairtest.ServerConfig{Fault: pairtest.Fault{Silent: true}}, pairtest.ClientConfig{})
	conn, err := p.dial(t, mirror(t, "127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "word"); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if n, err := conn.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%d bytes came, error %v", n, err)
	}
}

// TestHeartbeats: the server logs heartbeats, and answers them late or never where it is to.
func TestHeartbeats(t *testing.T) {
	const slow = 30 * time.Millisecond
	for name, least := range map[string]time.Duration{"": 0, "slow-heartbeat=30ms": slow} {
		t.Run(name, func(t *testing.T) {
			p := start(t, pairtest.ServerConfig{Fault: fault(t, name)}, pairtest.ClientConfig{})
			c := p.client(t)
			took, err := c.Heartbeat(t.Context())
			if err != nil || took < least {
				t.Errorf("it took %v, error %v", took, err)
			}
			for _, line := range []string{"Received HeartRequest (stream_id=0)", "Sent HeartResponse (stream_id=0)"} {
				if name == "" && !strings.Contains(p.serverLog.String(), "DEBUG [Session] "+line) {
					t.Errorf("no %q in\n%s", line, p.serverLog.String())
				}
			}
		})
	}
	t.Run("no-answer", func(t *testing.T) {
		p := start(t, pairtest.ServerConfig{Fault: fault(t, "no-answer")}, pairtest.ClientConfig{})
		c := p.client(t)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if took, err := c.Heartbeat(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it was answered in %v, error %v", took, err)
		}
	})
}

// client opens a session to the server itself.
func (p *pair) client(t *testing.T) *peer.Client {
	t.Helper()
	c, err := peer.Dial(t.Context(), peer.ClientConfig{Address: p.server, Password: password, TLS: insecure()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestOwnHeartbeats: the client sends heartbeats of its own, and logs the answers.
func TestOwnHeartbeats(t *testing.T) {
	p := start(t, pairtest.ServerConfig{}, pairtest.ClientConfig{Heartbeat: time.Millisecond})
	answered := p.clientLog.waitFor("DEBUG [Session] Received HeartResponse (stream_id=0)")
	if err := p.echo(t, mirror(t, "127.0.0.1:0"), "word"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-answered:
	case <-time.After(patience):
		t.Errorf("the client logged\n%s", p.clientLog.String())
	}
}
