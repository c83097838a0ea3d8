package session_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	c2s = protocol.ClientToServer
	s2c = protocol.ServerToClient
)

// frame returns a frame's wire form.
func frame(c protocol.Command, stream uint32, data []byte) []byte {
	wire, err := protocol.AppendFrame(nil, c, stream, data)
	if err != nil {
		panic(err)
	}
	return wire
}

// openStreams returns a tracker of a session of version 2 with n open streams,
// the ids from 1.
func openStreams(cfg session.Config, handler session.Handler, n int) *session.Tracker {
	t := session.NewTracker(cfg, handler)
	t.Data(start, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
	t.Data(start, c2s, frame(protocol.Settings, 0, []byte("v=2")), session.Fate{})
	t.Data(start, s2c, frame(protocol.ServerSettings, 0, []byte("v=2")), session.Fate{})
	target, _ := protocol.AppendTarget(nil, protocol.Address{Host: "a", Port: 1})
	for id := range uint32(n) {
		t.Data(start, c2s, frame(protocol.SYN, id+1, nil), session.Fate{})
		t.Data(start, c2s, frame(protocol.PSH, id+1, target), session.Fate{})
		t.Data(start, s2c, frame(protocol.SYNACK, id+1, nil), session.Fate{})
	}
	return t
}

// TestDataAllocatesNothing holds that the frames that make up the traffic allocate
// nothing, whole or cut.
func TestDataAllocatesNothing(t *testing.T) {
	payload := make([]byte, 16<<10-protocol.HeaderLen)
	tests := []struct {
		name string
		wire []byte
	}{
		{"PSH", frame(protocol.PSH, 1, payload)},
		{"small PSH", frame(protocol.PSH, 2, payload[:20])},
		{"empty PSH", frame(protocol.PSH, 2, nil)},
		{"Waste", frame(protocol.Waste, 0, payload)},
	}
	for _, test := range tests {
		for _, chunk := range []int{len(test.wire), 1000, 3} {
			t.Run(fmt.Sprintf("%s in chunks of %d", test.name, chunk), func(t *testing.T) {
				tracker := openStreams(session.Config{Snap: 1024}, nothing{}, 2)
				now := start
				play := func() {
					now = now.Add(time.Millisecond)
					for _, dir := range []protocol.Direction{c2s, s2c} {
						for b := test.wire; len(b) > 0; {
							n := min(chunk, len(b))
							tracker.Record(now, dir, b[:n], session.Fate{}, n < len(b))
							b = b[n:]
						}
					}
				}
				play() // the first cut frame makes the buffer that the others use
				if allocs := testing.AllocsPerRun(50, play); allocs != 0 {
					t.Errorf("%v allocations", allocs)
				}
				if got := tracker.State().Frames; got[s2c] < 50 || got[c2s] < 50 {
					t.Errorf("only %v frames were seen", got)
				}
			})
		}
	}
}

// TestCloseEndsAllStreams holds that a session's end closes all of its streams, also
// where that forgets many.
func TestCloseEndsAllStreams(t *testing.T) {
	const n, keep = 500, 16
	var closes counter
	tracker := openStreams(session.Config{KeepStreams: keep}, &closes, n)
	tracker.Close(start, session.ClosedByServer)
	if got := closes["stream-close"]; got != n {
		t.Errorf("%d of %d streams were closed", got, n)
	}
	listed, open, gone := tracker.StreamCount()
	if open != 0 || listed > keep*5/4 || listed+int(gone) != n {
		t.Errorf("%d streams listed, %d open, %d forgotten", listed, open, gone)
	}
	for i := range listed {
		if s := tracker.Stream(i); s.State != session.Closed || s.By != session.ClosedBySession {
			t.Errorf("stream %d: %v by %v", s.ID, s.State, s.By)
		}
	}
	if got := tracker.Stream(listed - 1).ID; got != n {
		t.Errorf("the last stream that is remembered is %d", got)
	}
}

// A counter counts frames and notices by name.
type counter map[string]int

func (c *counter) count(name string) {
	if *c == nil {
		*c = counter{}
	}
	(*c)[name]++
}

func (c *counter) Frame(f *session.Frame)  { c.count(f.Header.Command.String()) }
func (c *counter) Notice(n session.Notice) { c.count(n.NoticeName()) }

// TestMemoryIsBounded holds that a peer can't make a tracker hold on to more and
// more, whatever it opens, closes, asks and leaves unfinished.
func TestMemoryIsBounded(t *testing.T) {
	const keep = 32
	check := func(t *testing.T, tracker *session.Tracker) {
		t.Helper()
		_, open, _ := tracker.StreamCount()
		listed, queued, owed, buffered := tracker.Held()
		if most := open + keep + max(keep, open)/4; listed > most {
			t.Fatalf("%d streams listed, want at most %d with %d open", listed, most, open)
		}
		if most := 3 * (64 + 2*(open+2)); queued > most {
			t.Fatalf("%d streams queued, want at most %d with %d open", queued, most, open)
		}
		if owed > 2*(session.MaxSpans+200) {
			t.Fatalf("%d spans in the ledgers", owed)
		}
		if most := 2 * 80 << 10; buffered > most {
			t.Fatalf("%d bytes buffered", buffered)
		}
	}
	cfg := session.Config{Snap: 1024, KeepStreams: keep}
	t.Run("streams that open and close behind one that waits", func(t *testing.T) {
		tracker := session.NewTracker(cfg, nothing{})
		tracker.Data(start, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
		tracker.Data(start, c2s, frame(protocol.SYN, 1, nil), session.Fate{})
		for id := uint32(2); id < 50_000; id++ {
			tracker.Data(start, c2s, frame(protocol.SYN, id, nil), session.Fate{})
			tracker.Data(start, c2s, frame(protocol.FIN, id, nil), session.Fate{})
			tracker.Data(start, s2c, frame(protocol.FIN, id, nil), session.Fate{})
			check(t, tracker)
		}
	})
	t.Run("streams that ask, and are refused or answered, behind one that waits", func(t *testing.T) {
		tracker := session.NewTracker(cfg, nothing{})
		tracker.Data(start, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
		tracker.Data(start, c2s, frame(protocol.Settings, 0, []byte("v=2")), session.Fate{})
		tracker.Data(start, s2c, frame(protocol.ServerSettings, 0, []byte("v=2")), session.Fate{})
		for id := uint32(1); id < 20_000; id++ {
			tracker.Data(start, c2s, frame(protocol.SYN, id, nil), session.Fate{})
			tracker.Data(start, c2s, frame(protocol.PSH, id, []byte("\x03\x01a\x00\x50GET")), session.Fate{})
			tracker.Data(start, s2c, frame(protocol.SYNACK, id, nil), session.Fate{})
			if id > 1 {
				tracker.Data(start, s2c, frame(protocol.PSH, id, []byte("200")), session.Fate{})
				tracker.Data(start, s2c, frame(protocol.FIN, id, nil), session.Fate{})
				tracker.Data(start, c2s, frame(protocol.FIN, id, nil), session.Fate{})
			}
			check(t, tracker)
		}
	})
	t.Run("streams that only open", func(t *testing.T) {
		tracker := session.NewTracker(cfg, nothing{})
		tracker.Data(start, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
		const n = session.MaxOpenStreams + 1000
		for id := range uint32(n) {
			tracker.Data(start, c2s, frame(protocol.SYN, id+1, nil), session.Fate{})
			tracker.Data(start, c2s, frame(protocol.PSH, id+1, []byte{3}), session.Fate{})
		}
		check(t, tracker)
		if _, open, _ := tracker.StreamCount(); open != session.MaxOpenStreams {
			t.Errorf("%d streams are followed", open)
		}
		st := tracker.State()
		if st.Streams != n || st.Untracked != 1000 || st.Payload[c2s] != n {
			t.Errorf("%d streams, %d not followed, %d bytes of payload", st.Streams, st.Untracked, st.Payload[c2s])
		}
		if n := tracker.Diagnostics()[session.CodeUnknownStream]; n != 0 {
			t.Errorf("what is not followed was called unknown %d times", n)
		}
		tracker.Close(start, session.ClosedByClient)
		check(t, tracker)
	})
	t.Run("heartbeats without an answer", func(t *testing.T) {
		tracker := openStreams(cfg, nothing{}, 0)
		const n = 3 * session.MaxSpans
		for i := range n {
			now := start.Add(time.Duration(i) * time.Millisecond)
			fate := session.Fate{}
			if i%2 == 0 {
				fate.Kind = session.Injected
			}
			tracker.Data(now, c2s, frame(protocol.HeartRequest, 0, nil), fate)
			check(t, tracker)
		}
		for o := session.OriginRelay; o <= session.OriginPeer; o++ {
			h := tracker.Heartbeats(protocol.Server, o)
			if h.Sent != n/2 || h.Waiting() != 0 {
				t.Errorf("origin %d: sent %d, of which %d still wait", o, h.Sent, h.Waiting())
			}
		}
		tracker.Data(start.Add(time.Hour), s2c, frame(protocol.HeartResponse, 0, nil), session.Fate{})
		if n := tracker.Diagnostics()[session.CodeHeartbeatUnsolicited]; n != 0 {
			t.Errorf("an answer that can't be told apart was called unsolicited %d times", n)
		}
	})
	t.Run("heartbeats of one kind without an answer", func(t *testing.T) {
		tracker := openStreams(cfg, nothing{}, 0)
		const n = 3 * session.MaxSpans
		for i := range n {
			tracker.Data(start.Add(time.Duration(i)*time.Microsecond), c2s, frame(protocol.HeartRequest, 0, nil), session.Fate{})
			check(t, tracker)
		}
		h := tracker.Heartbeats(protocol.Server, session.OriginPeer)
		if h.Sent != n || h.Waiting() != n {
			t.Errorf("sent %d, of which %d wait", h.Sent, h.Waiting())
		}
		for range n - 1 {
			tracker.Data(start.Add(time.Second), s2c, frame(protocol.HeartResponse, 0, nil), session.Fate{})
		}
		tracker.Tick(start.Add(time.Minute))
		f := h.Figures()
		if f.Answered != n-1 || f.Lost != 1 || f.Cut != 0 || f.Estimated != n-session.MaxSpans || tracker.Diagnostics()[session.CodeHeartbeatUnsolicited] != 0 {
			t.Errorf("figures %+v", f)
		}
	})
	t.Run("frames that do not end", func(t *testing.T) {
		tracker := openStreams(cfg, nothing{}, 1)
		for _, c := range []protocol.Command{protocol.Settings, protocol.PSH, protocol.Waste, 99, protocol.Alert, protocol.Settings} {
			for _, b := range frame(c, 1, make([]byte, protocol.MaxData)) {
				tracker.Data(start, c2s, []byte{b}, session.Fate{})
			}
			check(t, tracker)
		}
		tracker.Close(start, session.ClosedByRelay)
		if _, _, owed, buffered := tracker.Held(); owed != 0 || buffered != 0 {
			t.Errorf("a session that ended holds %d requests and %d bytes", owed, buffered)
		}
	})
}

func BenchmarkTracker(b *testing.B) {
	for _, size := range []int{16<<10 - protocol.HeaderLen, 64} {
		b.Run(fmt.Sprintf("PSH=%d", size), func(b *testing.B) {
			tracker := openStreams(session.Config{Snap: 1024}, nothing{}, 100)
			wire := make([][]byte, 100)
			for i := range wire {
				wire[i] = frame(protocol.PSH, uint32(rand.N(100)+1), make([]byte, size))
			}
			b.SetBytes(int64(len(wire[0])))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				tracker.Data(start, s2c, wire[i%len(wire)], session.Fate{})
			}
		})
	}
	// A record of small frames, which the tracker cuts, and which the source has cut.
	var record []byte
	for i := range 200 {
		record = append(record, frame(protocol.PSH, uint32(i%100+1), make([]byte, 64))...)
	}
	framing := session.NewFraming(s2c)
	var pieces []session.Piece
	for b := record; len(b) > 0; {
		p, n := framing.Next(b)
		pieces = append(pieces, framing.Piece(&p, n))
		b = b[n:]
	}
	for _, source := range []struct {
		name   string
		pieces []session.Piece
	}{{"packed", nil}, {"packed, cut", pieces}} {
		b.Run(source.name, func(b *testing.B) {
			tracker := openStreams(session.Config{Snap: 1024}, nothing{}, 100)
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			for b.Loop() {
				tracker.Pieces(start, s2c, record, source.pieces, session.Fate{}, false)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200, "ns/frame")
		})
	}
}
