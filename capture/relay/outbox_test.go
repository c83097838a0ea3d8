package relay

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// toClient returns the link toward the client of a session whose Settings are through,
// inside a frame, so that nothing goes out by itself.
func toClient(t *testing.T) *link {
	t.Helper()
	shared := gate.NewShared(time.Second, session.NewSchemes(), new(gate.Rooms))
	shared.WroteSettings()
	l := newLink(protocol.ServerToClient, shared)
	l.dst, l.clock, l.emit = new(sinkLeg), time.Now, func(*capture.Event) {}
	carry(t, l, []byte{2, 0, 0, 0, 1, 0, 9, 'x'})
	return l
}

func carry(t *testing.T, l *link, b []byte) {
	t.Helper()
	if err := l.carry(leg.NewRecord(b)); err != nil {
		t.Fatal(err)
	}
}

// put injects a frame toward the client, and checks what it waits for.
func put(t *testing.T, l *link, ticket capture.Ticket, c protocol.Command, stream uint32, w capture.When, want capture.Outcome) {
	t.Helper()
	got, err := l.inject(capture.Insert{
		Toward: protocol.Client, When: w, Frame: protocol.Frame{Command: c, Stream: stream},
	}, ticket)
	if err != nil || got != want {
		t.Errorf("%v: %v, %v; want %v", c, got, err, want)
	}
}

// TestOrderAndPadding: what can't wait for the end of the padding lets go what stands
// in front of it in its stream, as long as it is there, and nothing else.
func TestOrderAndPadding(t *testing.T) {
	l := toClient(t)
	put(t, l, 1, protocol.HeartRequest, 0, capture.WhenUnpadded, capture.WaitsForStop)
	put(t, l, 2, protocol.HeartRequest, 7, capture.WhenUnpadded, capture.WaitsForStop)
	put(t, l, 3, protocol.Alert, 0, capture.WhenUnpadded, capture.WaitsForStop)
	put(t, l, 4, protocol.Alert, 0, capture.WhenPossible, capture.WaitsMidFrame)
	check := func(want ...capture.Outcome) {
		t.Helper()
		got := l.waiting(nil)
		for i, w := range got {
			if i >= len(want) || w.Why != want[i] {
				t.Errorf("%d: %+v, want %v", i, w, want)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d wait, want %d", len(got), len(want))
		}
	}
	check(capture.WaitsMidFrame, capture.WaitsForStop, capture.WaitsMidFrame, capture.WaitsMidFrame)
	if !l.cancel(4) {
		t.Error("4 does not wait")
	}
	check(capture.WaitsForStop, capture.WaitsForStop, capture.WaitsForStop)
}

// TestDue: a frame goes when it is due and not before, on an idle link too. What is
// behind it in its stream waits for it; cancelling it lets that go.
func TestDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, out := readyLink()
		began := time.Now()
		due := func(ticket capture.Ticket, stream uint32, in time.Duration, want capture.Outcome) {
			t.Helper()
			got, err := l.inject(capture.Insert{
				Toward: protocol.Server, Frame: protocol.Frame{Command: protocol.FIN, Stream: stream}, Due: began.Add(in),
			}, ticket)
			if err != nil || got != want {
				t.Errorf("%d: %v, %v; want %v", ticket, got, err, want)
			}
		}
		written := func(want ...byte) {
			t.Helper()
			synctest.Wait()
			l.mu.Lock() // who writes has had it before, and has it behind
			defer l.mu.Unlock()
			var got []byte
			for b := out.written; len(b) > 0; b = b[protocol.HeaderLen:] {
				got = append(got, b[4])
			}
			if !bytes.Equal(got, want) {
				t.Errorf("after %v: FIN of streams %v, want %v", time.Since(began), got, want)
			}
		}
		due(1, 1, 3*time.Second, capture.WaitsForDue)
		due(2, 1, 0, capture.WaitsForDue)
		due(3, 2, 2*time.Second, capture.WaitsForDue)
		due(4, 3, time.Hour, capture.WaitsForDue)
		due(5, 3, 0, capture.WaitsForDue)
		due(6, 4, 0, capture.Written)
		written(4)
		if w := l.waiting(nil); len(w) != 5 || w[0].Due != began.Add(3*time.Second) || w[0].Why != capture.WaitsForDue {
			t.Errorf("waiting: %+v", w)
		}
		<-time.After(2*time.Second - time.Nanosecond)
		written(4)
		<-time.After(time.Nanosecond)
		written(4, 2)
		<-time.After(time.Second)
		written(4, 2, 1, 1)
		if !l.cancel(4) {
			t.Error("4 does not wait")
		}
		written(4, 2, 1, 1, 3)
		due(7, 5, time.Hour, capture.WaitsForDue)
		if err := l.end(io.EOF); err != nil || len(l.waiting(nil)) > 0 {
			t.Errorf("at the end: %v, waiting %+v", err, l.waiting(nil))
		}
	})
}

// TestUnpaddedWhileBlocked: the end of the padding lets requests toward the client go,
// also where the record that brought it can't be written to the server.
func TestUnpaddedWhileBlocked(t *testing.T) {
	up, out := readyLink()
	down := toClient(t)
	down.shared = up.shared
	carry(t, down, []byte("xxxxxxxx"))
	arrived := make(chan []byte)
	down.dst = funcLeg{write: func(r leg.Record) error { arrived <- r.Bytes(); return nil }}
	up.onUnpadded = down.look
	put(t, down, 1, protocol.HeartRequest, 0, capture.WhenUnpadded, capture.WaitsForStop)

	push, _ := protocol.AppendFrame(nil, protocol.PSH, 1, []byte("x"))
	blocked := make(chan struct{})
	up.dst = funcLeg{write: func(r leg.Record) error {
		if up.shared.Unpadded() {
			<-blocked
		}
		return out.Write(r)
	}}
	done := make(chan struct{})
	go func() { // until the padding has ended
		defer close(done)
		for !up.shared.Unpadded() {
			_ = up.carry(leg.NewRecord(push))
		}
	}()
	if got := <-arrived; got[0] != byte(protocol.HeartRequest) {
		t.Errorf("written: %x", got)
	}
	close(blocked)
	<-done
}

// TestReaderBeforePadding: what waits for a peer that does not read is not said to wait for
// the padding alone, which the user may skip.
func TestReaderBeforePadding(t *testing.T) {
	up, _ := readyLink()
	down := toClient(t)
	down.shared, down.answers = up.shared, up
	up.blocked.Store(time.Now().UnixNano())
	put(t, down, 1, protocol.HeartRequest, 0, capture.WhenUnpadded, capture.WaitsForReader)
	up.blocked.Store(0)
	put(t, down, 2, protocol.HeartRequest, 0, capture.WhenUnpadded, capture.WaitsForStop)
}

// A funcLeg is the leg that records are written to.
type funcLeg struct {
	leg.Leg // nil: nothing else is called
	write   func(leg.Record) error
}

func (f funcLeg) Write(r leg.Record) error { return f.write(r) }
func (f funcLeg) Flush() error             { return nil }

// TestSettingsThatWereNotWritten: nothing can be injected behind Settings that did not
// get through.
func TestSettingsThatWereNotWritten(t *testing.T) {
	shared := gate.NewShared(time.Second, session.NewSchemes(), new(gate.Rooms))
	l := newLink(protocol.ClientToServer, shared)
	broken := errors.New("broken")
	l.dst, l.clock, l.emit = funcLeg{write: func(leg.Record) error { return broken }}, time.Now, func(*capture.Event) {}
	first, _ := protocol.AppendFrame(protocol.Preamble{}.Append(nil), protocol.Settings, 0, []byte("v=2"))
	if err := l.carry(leg.NewRecord(first)); !errors.Is(err, broken) || shared.SettingsWritten() {
		t.Errorf("error %v, written: %v", err, shared.SettingsWritten())
	}
}

// TestNothingWaitsInOpaqueSession: what waits in doubt waits in vain when the other
// direction turns out not to be AnyTLS.
func TestNothingWaitsInOpaqueSession(t *testing.T) {
	l, _ := readyLink()
	carry(t, l, []byte{2, 0, 0, 0, 1, 0, 1})
	if _, err := l.inject(capture.Insert{Toward: protocol.Server, Frame: protocol.Frame{Command: protocol.HeartRequest}}, 1); err != nil {
		t.Fatal(err)
	}
	carry(t, l, []byte{'x', 99, 0, 0, 0, 0, 0, 0})
	if w := l.waiting(nil); len(w) != 1 || w[0].Why != capture.WaitsInDoubt {
		t.Errorf("waiting: %+v", w)
	}
	gate.New(protocol.ServerToClient, l.shared).Decide(time.Now(), append(make([]byte, gate.Headroom), "HTTP/1.1 400"...), nil)
	if w := l.waiting(nil); len(w) > 0 {
		t.Errorf("waiting: %+v", w)
	}
}

// TestIdleLinkHoldsNoRecord: a link that waits has let go of the last record.
func TestIdleLinkHoldsNoRecord(t *testing.T) {
	l, out := readyLink()
	held := func() weak.Pointer[byte] {
		push, _ := protocol.AppendFrame(nil, protocol.PSH, 1, make([]byte, 16000))
		r := leg.NewRecord(push)
		if err := l.carry(r); err != nil {
			t.Fatal(err)
		}
		return weak.Make(&r.Extend(leg.Front).Bytes()[0])
	}()
	if held.Value() == nil {
		t.Fatal("the record is gone already")
	}
	out.written = nil
	l.beforeWait()
	runtime.GC()
	if held.Value() != nil {
		t.Error("an idle link still holds the record")
	}
	runtime.KeepAlive(l)
}
