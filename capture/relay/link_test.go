package relay

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A sinkLeg takes what a link writes.
type sinkLeg struct {
	leg.Leg // nil: nothing else is called
	written []byte
}

func (s *sinkLeg) Flush() error { return nil }

func (s *sinkLeg) Write(r leg.Record) error {
	s.written = append(s.written, r.Bytes()...)
	return nil
}

// readyLink returns the link toward the server of a session whose Settings are
// through.
func readyLink() (*link, *sinkLeg) {
	l, out := newLink(protocol.ClientToServer, gate.NewShared(time.Second, session.NewSchemes(), new(gate.Rooms))), new(sinkLeg)
	l.dst, l.clock = out, time.Now
	l.emit = func(*capture.Event) {}
	first := protocol.Preamble{}.Append(nil)
	first, _ = protocol.AppendFrame(first, protocol.Settings, 0, []byte("v=2"))
	_ = l.carry(leg.NewRecord(first))
	out.written = nil
	return l, out
}

// TestNoRequestIsForgotten: whoever finds the link held relies on its holder to
// see the request. Nothing else comes by on an idle link.
func TestNoRequestIsForgotten(t *testing.T) {
	for range 2000 {
		l, _ := readyLink()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = l.inject(capture.Insert{Toward: protocol.Server, Frame: protocol.Frame{Command: protocol.HeartRequest}}, 1)
		})
		for range 2 {
			wg.Go(func() { l.beat(2) })
		}
		wg.Wait()
		l.takeTurn() // whoever wrote has given it back
		n := len(l.outbox.items)
		if _ = l.giveTurn(); n != 0 {
			t.Fatalf("%d requests wait, and nobody will write them", n)
		}
	}
}

// TestNothingGoesIntoOpaqueBytes: a request that waits when the other direction
// turns out not to be AnyTLS stays where it is: nobody knows any more where
// frames end.
func TestNothingGoesIntoOpaqueBytes(t *testing.T) {
	l, out := readyLink()
	it, _ := newItem(1, &capture.Insert{Frame: protocol.Frame{Command: protocol.HeartRequest}}, time.Now())
	l.outbox.add(it)
	gate.New(protocol.ServerToClient, l.shared).Decide(time.Now(), append(make([]byte, gate.Headroom), "HTTP/1.1 400"...), nil)
	if err := l.carry(leg.NewRecord([]byte{2, 0, 0})); err != nil {
		t.Fatal(err)
	}
	if got := string(out.written); got != "\x02\x00\x00" {
		t.Errorf("written: %x", got)
	}
}

// An endedLeg has ended, in good order.
type endedLeg struct{ leg.Leg }

func (endedLeg) Next() (leg.Record, error) { return leg.Record{}, io.EOF }

// A fullLeg takes nothing until it is told to.
type fullLeg struct {
	leg.Leg
	takes chan struct{}
}

func (l *fullLeg) Write(leg.Record) error { return nil }

func (l *fullLeg) Flush() error {
	<-l.takes
	return nil
}

// TestEndIsKnownAtOnce: the end of a source is known while what it sent last waits for a
// receiver that takes nothing.
func TestEndIsKnownAtOnce(t *testing.T) {
	l, _ := readyLink()
	to, known, ended := &fullLeg{takes: make(chan struct{})}, make(chan struct{}), make(chan error, 1)
	l.src, l.dst = endedLeg{}, to
	l.onEnd = func() { close(known) }
	go func() { ended <- l.run() }() // until to takes what waits
	<-known
	if len(ended) > 0 {
		t.Error("nothing was waited for")
	}
	close(to.takes)
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("the link ends with %v", err)
	}
}

// TestPending: bytes around an absorbed frame become one record again, and those around
// an injected one become two.
func TestPending(t *testing.T) {
	out := newPending(leg.NewRecord([]byte("headrooAAAxxBBxxxCyDDz")), gate.Headroom-len("head"))
	for _, part := range []string{"rooAAA", "xx", "BB", "xxx", "C"} {
		if part[0] == 'x' {
			out.skip(len(part))
		} else {
			out.add(len(part))
		}
	}
	if got := string(out.split().Bytes()); got != "rooAAABBC" {
		t.Errorf("before the split: %q", got)
	}
	out.skip(len("y"))
	out.add(len("DD"))
	out.skip(len("z"))
	if got := string(out.all().Bytes()); got != "DD" {
		t.Errorf("behind the split: %q", got)
	}
}
