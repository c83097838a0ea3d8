package relay_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// The frames on the wire, byte for byte.
var (
	heartRequest  = []byte{8, 0, 0, 0, 0, 0, 0}
	heartResponse = []byte{9, 0, 0, 0, 0, 0, 0}
)

// ready opens a session as far as the first SYN, and the server's settings.
func ready(t *testing.T, r *rig) (client, server *tls.Conn) {
	t.Helper()
	client, server = r.dial(nil)
	preamble, settings := hello(t)
	exchange(t, client, server, preamble)
	exchange(t, client, server, append(settings, frame(t, protocol.SYN, 1, nil)...))
	exchange(t, server, client, frame(t, protocol.ServerSettings, 0, []byte("v=2")))
	return client, server
}

// exchange sends one record and checks that it arrives as one.
func exchange(t *testing.T, from, to *tls.Conn, b []byte) {
	t.Helper()
	write(t, from, b)
	if got := read(t, to); !bytes.Equal(got, b) {
		t.Fatalf("sent %x, arrived %x", b, got)
	}
}

// inject injects and checks the outcome.
func (r *rig) inject(toward protocol.Peer, when capture.When, want capture.Outcome) {
	r.t.Helper()
	got, err := r.registry.Inject(1, request(toward, when))
	if err != nil || got != want {
		r.t.Fatalf("injecting toward the %v: %v, %v; want %v", toward, got, err, want)
	}
}

// request is a HeartRequest that is to be injected.
func request(toward protocol.Peer, when capture.When) capture.Insert {
	return capture.Insert{Toward: toward, When: when, Frame: protocol.Frame{Command: protocol.HeartRequest}}
}

// TestInjectTowardServer: the request is a record of its own, its answer is
// absorbed, and the client's own answer is not.
func TestInjectTowardServer(t *testing.T) {
	r := newRig(t, options{})
	client, server := ready(t, r)
	r.inject(protocol.Server, capture.WhenUnpadded, capture.Written)
	if got := read(t, server); !bytes.Equal(got, heartRequest) {
		t.Fatalf("the server read %x", got)
	}
	exchange(t, client, server, heartRequest)
	synack := frame(t, protocol.SYNACK, 1, nil)
	write(t, server, heartResponse) // to the relay
	exchange(t, server, client, append(bytes.Clone(heartResponse), synack...))

	v := r.await("both answers", func(v *view) bool {
		h := v.Heartbeats[protocol.Server]
		return h.Injected.Answered == 1 && h.Own.Answered == 1
	})
	for code := range v.Session.Codes {
		if code != session.CodePaddingViolation { // nothing is padded here
			t.Errorf("diagnostics: %+v", v.Session.Codes)
		}
	}
	// A request is in the journal before its answer.
	var order []string
	for _, e := range v.Frames.Rows {
		switch {
		case e.Fate.Kind == session.Injected:
			order = append(order, "injected")
		case e.Fate.Kind == session.Absorbed:
			order = append(order, "absorbed")
		case e.Header.Command == protocol.HeartRequest:
			order = append(order, "request")
		case e.Header.Command == protocol.HeartResponse:
			order = append(order, "response")
		}
	}
	if got := order; len(got) != 4 || got[0] != "injected" || got[1] != "request" || got[2] != "absorbed" || got[3] != "response" {
		t.Errorf("the journal's order: %q", got)
	}
}

// TestInjectTowardClient: it waits until the client's writes are no longer
// padded, unless it is forced.
func TestInjectTowardClient(t *testing.T) {
	r := newRig(t, options{})
	client, server := ready(t, r)
	r.inject(protocol.Client, capture.WhenUnpadded, capture.WaitsForStop)
	if w := r.registry.Waiting(1); len(w) != 1 || w[0].Toward != protocol.Client || w[0].Why != capture.WaitsForStop {
		t.Errorf("waiting: %+v", w)
	}
	for range 7 {
		exchange(t, client, server, frame(t, protocol.PSH, 1, []byte("padded so far")))
	}
	if got := read(t, client); !bytes.Equal(got, heartRequest) {
		t.Fatalf("the client read %x", got)
	}
	write(t, client, heartResponse)
	exchange(t, client, server, frame(t, protocol.PSH, 1, []byte("not the answer")))
	r.await("the answer", func(v *view) bool { return v.Heartbeats[protocol.Client].Injected.Answered == 1 })
}

func TestInjectTowardClientForced(t *testing.T) {
	r := newRig(t, options{})
	client, _ := ready(t, r)
	r.inject(protocol.Client, capture.WhenUnpadded, capture.WaitsForStop)
	r.inject(protocol.Client, capture.WhenPossible, capture.Written)
	for range 2 {
		if got := read(t, client); !bytes.Equal(got, heartRequest) {
			t.Fatalf("the client read %x", got)
		}
	}
}

// TestInjectWaitsInsideFrame: also inside a header, and inside the data of a
// frame that spans records.
func TestInjectWaitsInsideFrame(t *testing.T) {
	for _, cut := range []int{1, protocol.HeaderLen, protocol.HeaderLen + 5} {
		r := newRig(t, options{})
		client, server := ready(t, r)
		psh := frame(t, protocol.PSH, 1, []byte("hello world"))
		exchange(t, client, server, psh[:cut])
		r.inject(protocol.Server, capture.WhenUnpadded, capture.WaitsMidFrame)
		exchange(t, client, server, psh[cut:])
		if got := read(t, server); !bytes.Equal(got, heartRequest) {
			t.Errorf("cut at %d: the server read %x", cut, got)
		}
	}
}

// TestInjectRefusals: each has its reason.
func TestInjectRefusals(t *testing.T) {
	refused := func(t *testing.T, r *rig, id capture.SessionID, want error) {
		t.Helper()
		if _, err := r.registry.Inject(id, request(protocol.Server, capture.WhenUnpadded)); !errors.Is(err, want) {
			t.Errorf("injecting into session %d: %v, want %v", id, err, want)
		}
	}
	t.Run("before TLS stands", func(t *testing.T) {
		r := newRig(t, options{})
		silent, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = silent.Close() }()
		write(t, silent, []byte{22, 3, 1}) // the beginning of a record, without which there is no session
		r.await("the connection", func(v *view) bool { return v.Session != nil })
		refused(t, r, 1, capture.ErrNotAuthenticated)
	})
	t.Run("before the preamble, Settings, and after the end", func(t *testing.T) {
		r := newRig(t, options{})
		refused(t, r, 1, capture.ErrNoSession)
		client, server := r.dial(nil)
		r.await("the session", func(v *view) bool { return v.Session != nil && v.Session.TLS != nil })
		preamble, _ := hello(t)
		exchange(t, client, server, preamble[:40])
		refused(t, r, 1, capture.ErrNotAuthenticated)
		exchange(t, client, server, preamble[40:])
		refused(t, r, 1, capture.ErrBeforeSettings)
		_ = client.Close()
		_ = server.Close()
		r.await("the end", func(v *view) bool { return v.Session.Closed })
		r.stop()
		<-r.done
		refused(t, r, 1, capture.ErrSessionClosed)
	})
	t.Run("not AnyTLS", func(t *testing.T) {
		r := newRig(t, options{})
		client, server := r.dial(nil)
		exchange(t, client, server, []byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"))
		refused(t, r, 1, capture.ErrNotAnyTLS)
		exchange(t, server, client, []byte("HTTP/1.1 200 OK\r\n\r\n"))
		v := r.await("the finding", func(v *view) bool { return v.Session.State.Phase == session.NotAnyTLSPhase })
		if v.Session.Codes[session.CodeNotAnyTLS] == 0 {
			t.Errorf("diagnostics: %v", v.Session.Codes)
		}
	})
	t.Run("a fallback answers", func(t *testing.T) {
		r := newRig(t, options{})
		client, server := r.dial(nil)
		preamble, settings := hello(t)
		exchange(t, client, server, append(preamble, settings...))
		exchange(t, server, client, []byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		refused(t, r, 1, capture.ErrNotAnyTLS)
		exchange(t, client, server, frame(t, protocol.SYN, 1, nil)) // still proxied
	})
	t.Run("desynchronised", func(t *testing.T) {
		r := newRig(t, options{})
		client, server := ready(t, r)
		exchange(t, client, server, frame(t, protocol.Command(200), 0, nil))
		refused(t, r, 1, capture.ErrDesynchronised)
		exchange(t, client, server, frame(t, protocol.PSH, 1, nil))
		r.inject(protocol.Server, capture.WhenUnpadded, capture.Written)
	})
	t.Run("nobody answers", func(t *testing.T) {
		r := newRig(t, options{})
		_, server := ready(t, r)
		for range session.MaxInjectedOwed {
			r.inject(protocol.Server, capture.WhenUnpadded, capture.Written)
			_ = read(t, server)
		}
		for range session.MaxQueued {
			r.inject(protocol.Server, capture.WhenPossible, capture.WaitsForAnswers)
		}
		refused(t, r, 1, capture.ErrTooManyOwed)
	})
}

// TestPeriodic: it begins, changes and ends as it is set.
func TestPeriodic(t *testing.T) {
	r := newRig(t, options{})
	_, server := ready(t, r)
	r.registry.SetPeriodic(capture.Periodic{Every: time.Millisecond, Toward: protocol.ByPeer[bool]{protocol.Server: true}})
	for range 3 {
		if got := read(t, server); !bytes.Equal(got, heartRequest) {
			t.Fatalf("the server read %x", got)
		}
		write(t, server, heartResponse)
	}
	r.registry.SetPeriodic(capture.Periodic{})
	if p := r.registry.Periodic(); p.Every != 0 {
		t.Errorf("periodic: %+v", p)
	}
	r.await("the answers", func(v *view) bool { return v.Heartbeats[protocol.Server].Injected.Answered >= 3 })
}

// TestStoppedReaderDoesNotHoldInject: a peer that does not read makes the request
// wait, not the caller.
func TestStoppedReaderDoesNotHoldInject(t *testing.T) {
	r := newRig(t, options{})
	client, server := ready(t, r)
	r.fill(client, server, protocol.ClientToServer)
	r.inject(protocol.Server, capture.WhenUnpadded, capture.WaitsWriting)
	// It goes out when the server reads again.
	var dec protocol.Decoder
	for {
		b := read(t, server)
		for len(b) > 0 {
			p, n := dec.Next(b)
			b = b[n:]
			if p.Kind == protocol.PieceFrame && p.Header.Command == protocol.HeartRequest {
				return
			}
		}
	}
}
