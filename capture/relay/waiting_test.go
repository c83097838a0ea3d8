package relay

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// waitingFrame returns the item of a frame that came, and that a rule lets wait.
func waitingFrame(t *testing.T, l *link, ticket capture.Ticket, stream uint32, all bool) item {
	t.Helper()
	wire, err := protocol.AppendFrame(nil, protocol.PSH, stream, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	p := &passage{ticket: ticket, holder: 1, waits: &rule.Step{Rule: 1, Action: rule.Hold}}
	p.Frame = gate.Frame{Wire: wire, Header: protocol.Header{Command: protocol.PSH, Stream: stream, Length: 1}}
	return l.waitsUntil(p, time.Now().Add(time.Hour), all)
}

// TestReleasedWithAllInFront: a frame that is released takes those with it that it waits for, and
// what these wait for, and no others. What is dropped can't be released, nor dropped again.
func TestReleasedWithAllInFront(t *testing.T) {
	l := toClient(t) // inside a frame: what is released still waits
	l.mu.Lock()
	l.since = time.Now()
	for i, it := range []struct {
		stream uint32
		all    bool
	}{{2, false}, {4, false}, {2, true}, {3, false}, {3, false}} {
		l.outbox.add(waitingFrame(t, l, capture.Ticket(i+1), it.stream, it.all))
	}
	l.mu.Unlock()
	if !l.letGo(4) {
		t.Error("it does not wait")
	}
	for i, want := range []bool{true, false, true, true, false} {
		if got := l.outbox.items[i].came.released; got != want {
			t.Errorf("frame %d is released: %v, want %v", i+1, got, want)
		}
	}
	if !l.cancel(5) || l.cancel(5) || l.letGo(5) {
		t.Error("a frame that is dropped still waits")
	}
}
