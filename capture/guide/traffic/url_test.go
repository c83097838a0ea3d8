package traffic

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// toURL returns a Proxy to a web server that answers the n-th request, counted from 1.
func toURL(t *testing.T, answer func(w http.ResponseWriter, n int32)) *Proxy {
	t.Helper()
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, n.Add(1)) }))
	t.Cleanup(server.Close)
	p, err := ToURL(new(socksServer).start(t), server.URL+"/path")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestURL(t *testing.T) {
	for name, c := range map[string]struct {
		answer   func(w http.ResponseWriter, n int32)
		compared uint64 // of 5 requests
		failed   uint64
		why      string
	}{
		"the same": {func(w http.ResponseWriter, _ int32) { fmt.Fprint(w, "same") }, 16, 0, ""},
		"empty":    {func(http.ResponseWriter, int32) {}, 0, 0, ""},
		"changing": {func(w http.ResponseWriter, n int32) { fmt.Fprint(w, n) }, 0, 0, ""},
		"one changed": {
			func(w http.ResponseWriter, n int32) { fmt.Fprint(w, n == 4) }, 15, 1,
			"request 4: the answer is not the first two's: status 200 and 4 bytes, want status 200 and 5 bytes",
		},
		"another status": {func(w http.ResponseWriter, n int32) {
			if n == 3 {
				w.WriteHeader(http.StatusTooManyRequests)
			}
		}, 0, 1, "request 3: the answer is not the first two's: status 429 and 0 bytes, want status 200 and 0 bytes"},
		"not found": {func(w http.ResponseWriter, _ int32) { http.Error(w, "", http.StatusNotFound) }, 4, 0, ""},
		"elsewhere": {func(w http.ResponseWriter, _ int32) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(http.StatusFound)
		}, 0, 0, ""},
		"broken": {func(w http.ResponseWriter, _ int32) { w.WriteHeader(http.StatusBadGateway) }, 0, 5, "request 1: the target's answer has status 502"},
		"cut": {func(w http.ResponseWriter, n int32) {
			if n == 2 {
				w.Header().Set("Content-Length", "9")
			}
			fmt.Fprint(w, "123")
		}, 9, 1, "request 2: after 3 bytes: the connection was closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := toURL(t, c.answer).Spaced(t.Context(), 5, 0)
			if got.Requests != 5 || got.Failed != c.failed || got.BytesCompared != c.compared {
				t.Errorf("got %+v, want %d that failed and %d bytes", got, c.failed, c.compared)
			}
			if fault := toURL(t, c.answer).AtFault(&got); fault != nil {
				t.Errorf("a proxy that has asked for nothing blames the target: %v", fault)
			}
			if c.why != "" && (len(got.Failures) == 0 || got.Failures[0] != c.why) {
				t.Errorf("got %q, want %q", got.Failures, c.why)
			}
		})
	}
}

// TestTheTargetIsAtFault: what a target's own answer says is told from what happened on the way.
func TestTheTargetIsAtFault(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, n int32)
		want   string
	}{
		"broken": {func(w http.ResponseWriter, _ int32) { w.WriteHeader(http.StatusBadGateway) }, "the target's answer has status 502"},
		"broken at times": {func(w http.ResponseWriter, n int32) {
			if n > 1 {
				w.WriteHeader(http.StatusBadGateway)
			}
		}, ""},
		"cut": {func(w http.ResponseWriter, _ int32) { w.Header().Set("Content-Length", "9") }, ""},
		"endless": {func(w http.ResponseWriter, _ int32) {
			for {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		}, "the target's answer goes on: "},
		"stands still": {func(w http.ResponseWriter, _ int32) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123")
			_, _ = io.Copy(io.Discard, conn) // until the other end closes
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := toURL(t, c.answer)
			p.limits = soon()
			got := p.Spaced(t.Context(), 2, 0)
			switch fault := p.AtFault(&got); {
			case got.Failed == 0:
				t.Errorf("got %+v", got)
			case fault == nil && c.want != "", fault != nil && (c.want == "" || !strings.HasPrefix(fault.Error(), c.want)):
				t.Errorf("got %v, want %q", fault, c.want)
			}
		})
	}
}

func TestURLHasNoMore(t *testing.T) {
	p := toURL(t, func(w http.ResponseWriter, _ int32) { _, _ = io.CopyN(w, noise(1<<20), 1<<20) })
	if p.Own() {
		t.Error("the target is not our own")
	}
	if rate, err := p.Download(t.Context(), 1); err != nil || rate <= 0 {
		t.Errorf("download: %v, %v", rate, err)
	}
	if _, err := p.Upload(t.Context(), 1); err == nil {
		t.Error("an upload")
	}
	if _, err := p.Open(t.Context()); err == nil {
		t.Error("a stream")
	}
	if got := p.Datagrams(t.Context(), 3); got.Requests != 0 {
		t.Errorf("datagrams: %+v", got)
	}
	if got := p.Kinds(t.Context()); got != nil {
		t.Errorf("kinds: %+v", got)
	}
	if got := p.Steady(t.Context(), 20*time.Millisecond, 10*time.Millisecond); got.Requests < 1 || got.Requests > 2 || got.Failed != 0 {
		t.Errorf("steady: %+v", got)
	}
	empty := toURL(t, func(http.ResponseWriter, int32) {})
	_, err := empty.Download(t.Context(), 1)
	holds(t, "an empty answer", err, "the answer is empty")
}

func TestHTTPS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "same") }))
	server.Config.ErrorLog = discard() // of a client that does not trust it
	server.StartTLS()
	t.Cleanup(server.Close)
	p, err := ToURL(new(socksServer).start(t), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Request(t.Context())
	holds(t, "a certificate of nobody", err, "the target's certificate can't be verified: ")
	if strings.Contains(err.Error(), "https://") {
		t.Errorf("%v is not for readers", err)
	}
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	p.roots = roots
	works(t, p.Spaced(t.Context(), 3, 0), 3)
}
