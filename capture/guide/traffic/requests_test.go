package traffic

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestFailuresAreCounted(t *testing.T) {
	p := newProxy(t, &socksServer{reply: 1})
	for how, got := range map[string][]string{
		"spaced":   p.Spaced(t.Context(), 7, 0).Failures,
		"parallel": p.Parallel(t.Context(), 7, 1).Failures,
	} {
		var want []string
		for i := range MaxFailures {
			want = append(want, fmt.Sprintf("request %d: the client's SOCKS inbound says: general SOCKS server failure", i+1))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", how, got, want)
		}
	}
	got := p.Parallel(t.Context(), 300, 8) // those under way are counted, too
	if got.Requests < hopeless || got.Requests > hopeless+2*8 || got.Failed != got.Requests || got.BytesCompared != 0 {
		t.Errorf("got %+v", got)
	}
}

// TestParallelIsParallel: the server answers none before all of them have come.
func TestParallelIsParallel(t *testing.T) {
	const n = 8
	var come atomic.Int32
	all := make(chan struct{})
	server := socksServer{asked: func(byte, string) {
		if come.Add(1) == n {
			close(all)
		}
		<-all
	}}
	works(t, newProxy(t, &server).Parallel(t.Context(), n, n), n)
}

// TestSpacedKeepsItsInterval: requests are not sent before their time.
func TestSpacedKeepsItsInterval(t *testing.T) {
	const n, every = 4, 20 * time.Millisecond
	p := newProxy(t, new(socksServer))
	began := time.Now()
	works(t, p.Spaced(t.Context(), n, every), n)
	if took := time.Since(began); took < (n-1)*every {
		t.Errorf("%d requests took %v", n, took)
	}
}

// TestTheEndCutsShort: where the context ends, a request that hangs ends soon, and counts for
// nothing, and neither does what was still to come.
func TestTheEndCutsShort(t *testing.T) {
	for name, do := range map[string]func(context.Context, *Proxy) uint64{
		"spaced":    func(ctx context.Context, p *Proxy) uint64 { return p.Spaced(ctx, 100, 0).Requests },
		"parallel":  func(ctx context.Context, p *Proxy) uint64 { return p.Parallel(ctx, 100, 3).Requests },
		"steady":    func(ctx context.Context, p *Proxy) uint64 { return p.Steady(ctx, time.Hour, 1).Requests },
		"datagrams": func(ctx context.Context, p *Proxy) uint64 { return p.Datagrams(ctx, 100).Requests },
		"kinds":     func(ctx context.Context, p *Proxy) uint64 { return uint64(len(p.Kinds(ctx))) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p := newProxy(t, &socksServer{hang: true, asked: func(byte, string) { cancel() }})
			p.limits.grace, p.limits.request, p.limits.reply = time.Millisecond, time.Hour, time.Hour
			if got := do(ctx, p); got != 0 {
				t.Errorf("%d requests count", got)
			}
			// Nor does anything begin once it has ended.
			if got := do(ctx, p); got != 0 {
				t.Errorf("afterwards: %d requests count", got)
			}
		})
	}
}

// TestGrace: a request that is answered soon after the end of the context counts.
func TestGrace(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := newProxy(t, &socksServer{asked: func(byte, string) { cancel() }})
	p.limits.grace = time.Hour
	works(t, p.Spaced(ctx, 100, 0), 1)
}

func TestTheEndOfTransfers(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := newProxy(t, &socksServer{hang: true, asked: func(byte, string) { cancel() }})
	_, err := p.Download(ctx, 1)
	holds(t, "download", err, errEnded.Error())
	_, err = p.Upload(ctx, 1)
	holds(t, "upload", err, errEnded.Error())
	_, err = p.Request(ctx)
	holds(t, "request", err, errEnded.Error())
	_, err = p.Open(ctx)
	holds(t, "open", err, errEnded.Error())
}

// untilAsked returns a context that ends when a server was asked for the n-th connection.
func untilAsked(t *testing.T, n int32) (context.Context, func(byte, string)) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	var asked atomic.Int32
	return ctx, func(byte, string) {
		if asked.Add(1) == n {
			cancel()
		}
	}
}

// TestSteadyTellsThatItsStreamDied: once, while requests go on.
func TestSteadyTellsThatItsStreamDied(t *testing.T) {
	target := newTarget(t)
	// The first connection is the stream's: it ends after some bytes.
	var streams atomic.Int32
	ctx, asked := untilAsked(t, 5)
	server := &socksServer{asked: asked, question: func(w, r net.Conn) {
		if streams.Add(1) > 1 {
			_, _ = io.Copy(w, r)
			return
		}
		_, _ = io.CopyN(w, r, pings+1)
	}}
	p, err := To(server.start(t), target)
	if err != nil {
		t.Fatal(err)
	}
	p.limits.grace = time.Minute
	got := p.Steady(ctx, time.Hour, time.Millisecond)
	if got.Failed != 1 || got.Requests != 5 || !strings.HasPrefix(got.Failures[0], "the stream that stays open: the connection was ") {
		t.Errorf("got %+v", got)
	}
}

func TestSteadyWithoutAnyAnswer(t *testing.T) {
	ctx, asked := untilAsked(t, 5)
	p := newProxy(t, &socksServer{reply: 5, asked: asked})
	p.limits.grace = time.Minute
	got := p.Steady(ctx, time.Hour, time.Millisecond)
	if got.Failed != 5 || got.Requests != 5 {
		t.Errorf("got %+v", got)
	}
	if want := "the stream that stays open: the client's SOCKS inbound says: connection refused"; got.Failures[0] != want {
		t.Errorf("got %q, want %q", got.Failures[0], want)
	}
}

func TestStream(t *testing.T) {
	var asked atomic.Int32
	server := socksServer{asked: func(byte, string) { asked.Add(1) }}
	p := newProxy(t, &server)
	s, err := p.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 300 { // the byte goes round
		if err := s.Echo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("%d connections, want one", asked.Load())
	}
	p.target.mirror.Close()
	holds(t, "an echo of no mirror", s.Echo(t.Context()), "the connection was ")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	p.target.mirror, err = listen(sendBack) // for the target's end
	if err != nil {
		t.Fatal(err)
	}
}

func TestStreamCompares(t *testing.T) {
	p := newProxy(t, &socksServer{answer: changed(3)})
	_, err := p.Open(t.Context())
	holds(t, "a changed byte", err, "byte 4 came back as 5")
	p = newProxy(t, &socksServer{answer: changed(pings + 1)})
	s, err := p.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	holds(t, "before it", s.Echo(t.Context()), "")
	holds(t, "a changed byte", s.Echo(t.Context()), "byte 34 came back as 35")
}

// A dialled is a connection that stands for all that are dialled.
type dialled struct{ net.Conn }

func (d dialled) DialContext(context.Context, string, string) (net.Conn, error) { return d.Conn, nil }

// TestStreamOfALongWay: each byte that goes to and fro on a new stream has the time of a request.
func TestStreamOfALongWay(t *testing.T) {
	p := newProxy(t, new(socksServer))
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		p.dialer = dialled{near}
		go func() { // until the stream is closed
			var b [1]byte
			for {
				if _, err := io.ReadFull(far, b[:]); err != nil {
					return
				}
				<-time.After(p.limits.request * 9 / 10)
				if _, err := far.Write(b[:]); err != nil {
					return
				}
			}
		}()
		s, err := p.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	})
}

// TestAwake: what comes too early is sent again, until it is answered or the time is over.
func TestAwake(t *testing.T) {
	for _, test := range []struct {
		name             string
		early            int32 // requests
		failed, answered bool
	}{
		{"ready", 0, false, true},
		{"early", 3, true, true},
		{"never ready", 1 << 30, true, false},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var asked atomic.Int32
		server := &socksServer{question: firstCut(test.early), asked: func(byte, string) {
			if asked.Add(1) > 4 {
				cancel()
			}
		}}
		if failed, answered := newProxy(t, server).Awake(ctx); failed != test.failed || answered != test.answered {
			t.Errorf("%s: failed %v, answered %v", test.name, failed, answered)
		}
		if n := asked.Load(); test.answered && n != test.early+1 {
			t.Errorf("%s: %d requests, want %d", test.name, n, test.early+1)
		}
	}
}

// firstCut returns what ends the first connections once something was sent, and carries those after it.
func firstCut(n int32) func(w, r net.Conn) {
	var seen atomic.Int32
	return func(w, r net.Conn) {
		if seen.Add(1) <= n {
			_, _ = io.CopyN(w, r, 1)
			w.Close()
			return
		}
		_, _ = io.Copy(w, r)
	}
}
