package session_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A witness notes what a tracker hands out, in words.
type witness struct{ frames, notices []string }

func (w *witness) Frame(f *session.Frame) {
	text := fmt.Sprintf("%v %v %d %d", f.Dir, f.Header.Command, f.Header.Stream, f.Header.Length)
	if f.Fate.Kind != session.Forwarded {
		text += " " + f.Fate.Kind.String()
	}
	if f.Target {
		text += " target"
	}
	w.frames = append(w.frames, text)
}

func (w *witness) Notice(n session.Notice) {
	text := n.NoticeName()
	if d, ok := n.(session.Diagnostic); ok {
		text = string(d.Code)
	}
	w.notices = append(w.notices, text)
}

// ready returns a tracker of a session with n open streams, and a witness of what comes
// after.
func ready(t *testing.T, n int) (*session.Tracker, *witness) {
	t.Helper()
	w := &witness{}
	tracker := openStreams(session.Config{Snap: 100}, w, n)
	if opens := slices.DeleteFunc(w.notices, func(s string) bool { return s != "stream-open" }); len(opens) != n {
		t.Fatalf("%d streams opened, want %d", len(opens), n)
	}
	*w = witness{}
	return tracker, w
}

func kind(k session.FateKind) session.Fate { return session.Fate{Kind: k, Rule: 1} }

// has fails unless the witness saw these frames and these notices since it was asked
// last.
func (w *witness) has(t *testing.T, frames, notices []string) {
	t.Helper()
	if !slices.Equal(w.frames, frames) {
		t.Errorf("frames %q, want %q", w.frames, frames)
	}
	if !slices.Equal(w.notices, notices) {
		t.Errorf("notices %q, want %q", w.notices, notices)
	}
	*w = witness{}
}

// TestKeptFramesDoNothing: a frame that the relay dropped or replaced is shown, and
// changes nothing: its receiver does not know of it.
func TestKeptFramesDoNothing(t *testing.T) {
	for _, k := range []session.FateKind{session.Dropped, session.Replaced} {
		t.Run(k.String(), func(t *testing.T) {
			tracker, w := ready(t, 1)
			before := *tracker.State()
			target, _ := protocol.AppendTarget(nil, protocol.Address{Host: "b", Port: 2})
			for _, f := range []struct {
				dir  protocol.Direction
				wire []byte
			}{
				{c2s, frame(protocol.SYN, 2, nil)},
				{c2s, frame(protocol.PSH, 2, target)},
				{c2s, frame(protocol.PSH, 1, make([]byte, 50))},
				{s2c, frame(protocol.PSH, 1, make([]byte, 60))},
				{s2c, frame(protocol.SYNACK, 1, []byte("no"))},
				{c2s, frame(protocol.HeartRequest, 0, nil)},
				{s2c, frame(protocol.HeartResponse, 0, nil)},
				{s2c, frame(protocol.Alert, 0, []byte("no"))},
				{c2s, frame(protocol.FIN, 1, nil)},
			} {
				tracker.Record(start, f.dir, f.wire, kind(k), false)
			}
			end := " " + k.String()
			w.has(t, []string{
				"c2s SYN 2 0" + end, "c2s PSH 2 5" + end, "c2s PSH 1 50" + end, "s2c PSH 1 60" + end, "s2c SYNACK 1 2" + end,
				"c2s HeartRequest 0 0" + end, "s2c HeartResponse 0 0" + end, "s2c Alert 0 2" + end, "c2s FIN 1 0" + end,
			}, nil)
			after := tracker.State()
			if after.Streams != before.Streams || after.Payload != before.Payload || after.Phase != before.Phase ||
				after.LastStream != before.LastStream || after.Commands != before.Commands {
				t.Errorf("the session was %+v, and is %+v", before, after)
			}
			if listed, open, _ := tracker.StreamCount(); listed != 1 || open != 1 {
				t.Fatalf("%d streams, of which %d are open, want one", listed, open)
			}
			if s := tracker.Stream(0); s.State != session.Open || s.Up != 0 || s.Down != 0 || s.Error != "" {
				t.Errorf("the stream is %v with %d and %d bytes, %q", s.State, s.Up, s.Down, s.Error)
			}
			if h := tracker.Heartbeats(protocol.Server, session.OriginPeer); h.Sent != 0 {
				t.Errorf("%d HeartRequests were sent", h.Sent)
			}
			// What it dropped is the sender's all the same, and so are its faults.
			tracker.Record(start, c2s, frame(protocol.FIN, 1, []byte("x")), kind(k), false)
			w.has(t, []string{"c2s FIN 1 1" + end}, []string{string(session.CodeDataNotAllowed)})
		})
	}
}

// TestKeptFrameInPieces: a frame that the relay keeps may come in several records, and
// what it forwards after it counts again.
func TestKeptFrameInPieces(t *testing.T) {
	tracker, w := ready(t, 1)
	wire := frame(protocol.PSH, 1, make([]byte, 50))
	tracker.Record(start, c2s, wire[:20], kind(session.Dropped), false)
	tracker.Record(start, c2s, wire[20:], kind(session.Dropped), false)
	tracker.Record(start, c2s, frame(protocol.PSH, 1, make([]byte, 5)), session.Fate{}, false)
	w.has(t, []string{"c2s PSH 1 50 dropped", "c2s PSH 1 5"}, nil)
	if up := tracker.Stream(0).Up; up != 5 {
		t.Errorf("%d bytes went up, want 5", up)
	}
}

// TestMadeFramesAct: what the relay injects, or repeats, does what any frame does to its
// receiver.
func TestMadeFramesAct(t *testing.T) {
	for _, k := range []session.FateKind{session.Injected, session.Repeated} {
		t.Run(k.String(), func(t *testing.T) {
			tracker, w := ready(t, 1)
			tracker.Data(start, c2s, frame(protocol.SYN, 2, nil), session.Fate{})
			tracker.Record(start.Add(time.Second), s2c, frame(protocol.SYNACK, 2, nil), kind(k), false)
			tracker.Record(start, s2c, frame(protocol.PSH, 1, make([]byte, 9)), kind(k), false)
			tracker.Record(start, c2s, frame(protocol.HeartRequest, 0, nil), kind(k), false)
			end := " " + k.String()
			w.has(t, []string{"c2s SYN 2 0", "s2c SYNACK 2 0" + end, "s2c PSH 1 9" + end, "c2s HeartRequest 0 0" + end}, nil)
			if s := tracker.Stream(1); s.State != session.Open || !s.HasACK || s.SYNACK != time.Second {
				t.Errorf("the stream is %v, with a SYNACK: %v, after %v", s.State, s.HasACK, s.SYNACK)
			}
			if down := tracker.Stream(0).Down; down != 9 {
				t.Errorf("%d bytes went down, want 9", down)
			}
			if h := tracker.Heartbeats(protocol.Server, session.OriginRelay); h.Sent != 1 {
				t.Errorf("the relay sent %d HeartRequests, want 1", h.Sent)
			}
			// The server's own answer is then the second that the client gets.
			tracker.Record(start.Add(time.Second), s2c, frame(protocol.SYNACK, 2, nil), session.Fate{}, false)
			w.has(t, []string{"s2c SYNACK 2 0"}, []string{string(session.CodeSYNACKDuplicate)})
		})
	}
}

// TestHeldFramesAct: a frame that was held counts as its sender's, from when its receiver
// got it.
func TestHeldFramesAct(t *testing.T) {
	tracker, w := ready(t, 0)
	tracker.Record(start, c2s, frame(protocol.SYN, 1, nil), session.Fate{}, false)
	held := session.Fate{Kind: session.Held, Rule: 2, Held: time.Second}
	tracker.Record(start.Add(time.Second), s2c, frame(protocol.SYNACK, 1, nil), held, false)
	tracker.Record(start, s2c, frame(protocol.FIN, 1, []byte("x")), held, false)
	w.has(t, []string{"c2s SYN 1 0", "s2c SYNACK 1 0 held", "s2c FIN 1 1 held"}, []string{string(session.CodeDataNotAllowed)})
	if s := tracker.Stream(0); s.State != session.HalfClosed || s.SYNACK != time.Second {
		t.Errorf("the stream is %v, its SYNACK came after %v", s.State, s.SYNACK)
	}
}

// TestMadeFramesAreNobodysFault: a frame that the relay made may break every rule for
// what a peer sends. That is no diagnostic of the sender, and its framing stays as it is.
func TestMadeFramesAreNobodysFault(t *testing.T) {
	tracker, w := ready(t, 1)
	injected := func(c protocol.Command, stream uint32, data string) {
		tracker.Record(start, s2c, frame(c, stream, []byte(data)), kind(session.Injected), false)
	}
	for range 4 { // so many unknown commands in a row end the decoding of a sender
		injected(99, 0, "unknown")
	}
	injected(protocol.HeartRequest, 0, "data that it may not carry")
	injected(protocol.Settings, 0, "v=2") // the client's to send
	tracker.Record(start, s2c, frame(protocol.Alert, 0, []byte("bye")), session.Fate{}, false)
	injected(protocol.HeartRequest, 0, "") // the server itself is quiet after its Alert
	w.has(t, []string{
		"s2c unknown(99) 0 7 injected", "s2c unknown(99) 0 7 injected", "s2c unknown(99) 0 7 injected", "s2c unknown(99) 0 7 injected",
		"s2c HeartRequest 0 26 injected", "s2c Settings 0 3 injected", "s2c Alert 0 3", "s2c HeartRequest 0 0 injected",
	}, []string{string(session.CodeAlert)})
	tracker.Record(start, s2c, frame(protocol.Waste, 0, nil), session.Fate{}, false)
	w.has(t, []string{"s2c Waste 0 0"}, []string{string(session.CodeAlertNotClosed)})
	if opaque := tracker.State().Opaque; opaque != (protocol.ByDirection[uint64]{}) {
		t.Errorf("%v bytes were not decoded", opaque)
	}
}

// TestMadeFrameAmidAnother: where a frame of the relay's stands between the pieces of a
// sender's, in the events, both stay whole.
func TestMadeFrameAmidAnother(t *testing.T) {
	for _, cut := range []int{3, protocol.HeaderLen, 20} { // in the header, behind it, in the data
		tracker, w := ready(t, 1)
		wire := frame(protocol.PSH, 1, make([]byte, 50))
		tracker.Record(start, s2c, wire[:cut], session.Fate{}, false)
		tracker.Record(start, s2c, frame(protocol.PSH, 1, make([]byte, 4)), kind(session.Injected), false)
		tracker.Record(start, s2c, wire[cut:], session.Fate{}, false)
		w.has(t, []string{"s2c PSH 1 4 injected", "s2c PSH 1 50"}, nil)
		if down := tracker.Stream(0).Down; down != 54 {
			t.Errorf("cut after %d bytes: %d bytes went down, want 54", cut, down)
		}
	}
}
