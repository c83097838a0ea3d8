package relay_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// tellsGone returns what makes a sink tell who is gone, too.
func tellsGone(gone chan<- capture.Event) func(capture.Sink) capture.Sink {
	return func(next capture.Sink) capture.Sink {
		return sinkFunc(func(e *capture.Event) {
			next.Record(e)
			if e.Kind == capture.Gone {
				gone <- *e
			}
		})
	}
}

// TestClientGone: a client closes in good order, and the server keeps the session. The
// client's socket is freed, and nothing is injected toward it; when the server writes again
// it gets a reset, as it would without the relay.
func TestClientGone(t *testing.T) {
	t.Parallel()
	tape := newLegTape()
	gone := make(chan capture.Event, 1)
	r := newRig(t, options{
		relay: func(cfg *relay.Config) { cfg.Recorder = tape },
		sink:  tellsGone(gone),
	})
	client, server := ready(t, r)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if e := <-gone; e.Dir != protocol.ClientToServer || e.Session != 1 {
		t.Errorf("gone is the sender of %v, session %d", e.Dir, e.Session)
	}
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("the server reads %v, want close_notify", err)
	}
	request := capture.Insert{Toward: protocol.Client, Frame: protocol.Frame{Command: protocol.HeartRequest}}
	if _, err := r.registry.Inject(1, request); !errors.Is(err, capture.ErrPeerGone) {
		t.Errorf("Inject toward the client: %v", err)
	}
	<-tape.freed[capture.ClientLeg]
	write(t, server, frame(t, protocol.Waste, 0, make([]byte, 10)))
	v := r.closed()
	if v.Session.State.ClosedBy != session.ClosedByClient || v.Session.Reason != "" {
		t.Errorf("closed by %v: %q, want in good order by the client", v.Session.State.ClosedBy, v.Session.Reason)
	}
	wasReset(server)
}

// A legTape is a recorder that tells when the relay has closed a leg.
type legTape struct {
	freed map[capture.Leg]chan struct{}
}

func newLegTape() *legTape {
	return &legTape{freed: map[capture.Leg]chan struct{}{
		capture.ClientLeg: make(chan struct{}, 4), capture.ServerLeg: make(chan struct{}, 4),
	}}
}

// Leg implements [capture.Recorder].
func (p *legTape) Leg(c capture.LegInfo) capture.LegRecorder { return &legEnd{freed: p.freed[c.Leg]} }

// A legEnd waits for the end of what the relay sends.
type legEnd struct{ freed chan struct{} }

func (*legEnd) Secret([]byte) {}

func (*legEnd) Bytes(time.Time, capture.Way, []byte, string) {}

func (*legEnd) Remark(time.Time, string) {}

func (*legEnd) Ends(string) {}

func (*legEnd) Reset(time.Time, capture.Way) {}

func (*legEnd) Close() {}

// Fin implements [capture.LegRecorder].
func (e *legEnd) Fin(_ time.Time, w capture.Way) {
	if w == capture.Sent {
		select {
		case e.freed <- struct{}{}:
		default:
		}
	}
}

// TestGoneIsToldOnce: who ends second is no news: then the session is about to be over.
func TestGoneIsToldOnce(t *testing.T) {
	gone := make(chan capture.Event, 4)
	r := newRig(t, options{sink: tellsGone(gone)})
	client, server := ready(t, r)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("the client reads %v, want close_notify", err)
	}
	if e := <-gone; e.Dir != protocol.ServerToClient {
		t.Errorf("gone is the sender of %v", e.Dir)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	r.closed()
	if len(gone) > 0 {
		t.Errorf("gone is the sender of %v, too", (<-gone).Dir)
	}
}

// TestGoneByCloseNotify: a client has left with close_notify, however long its TCP stream stays
// open: the heartbeat that it has not answered by then is cut.
func TestGoneByCloseNotify(t *testing.T) {
	t.Parallel()
	gone := make(chan capture.Event, 4)
	r := newRig(t, options{sink: tellsGone(gone)})
	client, server := ready(t, r)
	r.inject(protocol.Client, capture.WhenPossible, capture.Written)
	if got := read(t, client); !bytes.Equal(got, heartRequest) {
		t.Fatalf("the client read %x", got)
	}
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if e := <-gone; e.Dir != protocol.ClientToServer {
		t.Errorf("gone is the sender of %v", e.Dir)
	}
	if h := r.journal.Totals().Heartbeats[protocol.Client][session.OriginRelay]; h.Sent != 1 || h.Cut != 1 {
		t.Errorf("the heartbeat toward the client: %+v", h)
	}
	for _, peer := range []io.Closer{server, client} {
		if err := peer.Close(); err != nil {
			t.Error(err)
		}
	}
	r.closed()
	if len(gone) > 0 {
		t.Errorf("gone is the sender of %v, too", (<-gone).Dir)
	}
}
