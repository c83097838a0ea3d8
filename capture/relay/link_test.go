package relay

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A sinkLeg takes what a link writes.
type sinkLeg struct{ written []byte }

func (s *sinkLeg) Read([]byte) (int, error) { panic("not read in this test") }
func (s *sinkLeg) CloseWrite() error        { return nil }

func (s *sinkLeg) Write(b []byte) (int, error) {
	s.written = append(s.written, b...)
	return len(b), nil
}

// readyLink returns the link toward the server of a session whose Settings are
// through.
func readyLink() (*link, *sinkLeg) {
	l, out := newLink(protocol.ClientToServer, gate.NewShared(time.Second, session.NewSchemes())), new(sinkLeg)
	l.dst, l.clock = out, time.Now
	l.cork, l.flush = func(bool) {}, func() error { return nil }
	l.emit = func(*capture.Event) {}
	first := protocol.Preamble{}.Append(make([]byte, gate.Headroom))
	first, _ = protocol.AppendFrame(first, protocol.Settings, 0, []byte("v=2"))
	_ = l.carry(first)
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
	l.outbox.add(item{header: protocol.Header{Command: protocol.HeartRequest}, frame: []byte{8, 0, 0, 0, 0, 0, 0}})
	gate.New(protocol.ServerToClient, l.shared).Decide(time.Now(), append(make([]byte, gate.Headroom), "HTTP/1.1 400"...), nil)
	half := append(make([]byte, gate.Headroom), 2, 0, 0)
	if err := l.carry(half); err != nil {
		t.Fatal(err)
	}
	if got := string(out.written); got != "\x02\x00\x00" {
		t.Errorf("written: %x", got)
	}
}

// TestJoin: bytes around an absorbed frame become one record again.
func TestJoin(t *testing.T) {
	buf := []byte("headroomAAAxxBBxxxC")
	out := buf[len(buf):]
	for _, part := range [][]byte{buf[8:11], buf[13:15], buf[18:19]} {
		out = join(out, part)
	}
	if !bytes.Equal(out, []byte("AAABBC")) {
		t.Errorf("joined: %q", out)
	}
}
