package session_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// opens has a client open streams, with ids from from up to to.
func opens(t *session.Tracker, from, to uint32) {
	for id := from; id <= to; id++ {
		t.Data(start, c2s, frame(protocol.SYN, id, nil), session.Fate{})
	}
}

// closes has both sides end streams.
func closes(t *session.Tracker, from, to uint32) {
	for id := from; id <= to; id++ {
		t.Data(start, c2s, frame(protocol.FIN, id, nil), session.Fate{})
		t.Data(start, s2c, frame(protocol.FIN, id, nil), session.Fate{})
	}
}

// TestStreamBudget holds that sessions share the bound, that a session gives up its closed
// streams for open ones, and that what is not followed is counted.
func TestStreamBudget(t *testing.T) {
	budget := session.NewStreamBudget(100)
	cfg := session.Config{KeepStreams: 50, Budget: budget}
	one, two := openStreams(cfg, nothing{}, 40), openStreams(cfg, nothing{}, 0)
	check := func(when string, tracker *session.Tracker, listed, open int, forgotten, untracked uint64) {
		t.Helper()
		l, o, f := tracker.StreamCount()
		if st := tracker.State(); l != listed || o != open || f != forgotten || st.Untracked != untracked {
			t.Errorf("%s: %d listed, %d open, %d forgotten, %d not followed; want %d, %d, %d, %d",
				when, l, o, f, st.Untracked, listed, open, forgotten, untracked)
		}
	}
	used := func(when string, listed, closed int) {
		t.Helper()
		if l, c := budget.Used(); l != listed || c != closed {
			t.Errorf("%s: %d used, %d of them closed; want %d and %d", when, l, c, listed, closed)
		}
	}
	closes(one, 1, 30)
	check("some closed", one, 40, 10, 0, 0)
	used("some closed", 40, 30)
	opens(two, 1, 70)
	check("the other session has the rest", two, 60, 60, 0, 10)
	used("full", 100, 30)
	opens(one, 41, 50)
	check("closed streams make room", one, 20, 20, 30, 0)
	used("closed streams made room", 80, 0)
	opens(one, 51, 80)
	check("no room is left", one, 40, 40, 30, 10)
	if got := one.State().Streams; got != 80 {
		t.Errorf("%d streams, want 80", got)
	}
	one.Close(start, session.ClosedByClient)
	used("one closed", 100, 40)
	if budget.Scarce() != true || budget.Ample() {
		t.Errorf("scarce %v, ample %v", budget.Scarce(), budget.Ample())
	}
	stripped := one.WithoutStreams()
	check("the copy", stripped, 0, 0, 70, 10)
	check("what it was made of", one, 40, 0, 30, 10)
	used("stripped", 60, 0)
	if budget.Scarce() || !budget.Ample() {
		t.Errorf("with room: scarce %v, ample %v", budget.Scarce(), budget.Ample())
	}
	closes(two, 1, 20)
	two.ForgetStreams()
	check("forgotten while it lives", two, 40, 40, 20, 10)
	two.Close(start, session.ClosedByClient)
	two.Release()
	used("all released", 0, 0)
}

// texts keeps the texts of diagnostics.
type texts struct {
	nothing
	all []string
}

func (x *texts) Notice(n session.Notice) {
	if d, ok := n.(session.Diagnostic); ok {
		x.all = append(x.all, d.Text)
	}
}

// TestUntrackedAtTheEnd holds that the streams which a session's end is said to have ended
// are not taken for all, where some were not followed.
func TestUntrackedAtTheEnd(t *testing.T) {
	var told texts
	tracker := session.NewTracker(session.Config{Budget: session.NewStreamBudget(2)}, &told)
	tracker.Data(start, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
	tracker.Data(start, c2s, frame(protocol.Settings, 0, []byte("v=2")), session.Fate{})
	tracker.Data(start, s2c, frame(protocol.ServerSettings, 0, []byte("v=2")), session.Fate{})
	opens(tracker, 1, 5)
	tracker.Close(start, session.ClosedByServer)
	want := "the server closed the session with close_notify; with it ended 2 streams: 1 and 2; 3 streams were not followed"
	if len(told.all) != 1 || told.all[0] != want {
		t.Errorf("told %q, want %q", told.all, want)
	}
}

// TestStreamBudgetConcurrent has sessions take and give at the same time: what is used is
// never more than the bound, and what they hold in the end.
func TestStreamBudgetConcurrent(t *testing.T) {
	const most, sessions = 300, 8
	budget := session.NewStreamBudget(most)
	trackers := make([]*session.Tracker, sessions)
	var wg sync.WaitGroup
	for i := range trackers {
		trackers[i] = openStreams(session.Config{KeepStreams: 20, Budget: budget}, nothing{}, 0)
		wg.Go(func() {
			for n := uint32(1); n < 5000; n += 50 {
				opens(trackers[i], n, n+49)
				closes(trackers[i], n, n+40)
				if n%7 == 0 {
					trackers[i].ForgetStreams()
				}
			}
		})
	}
	wg.Wait()
	held := func() (held, open int) {
		for _, tracker := range trackers {
			l, o, _ := tracker.StreamCount()
			held, open = held+l, open+o
		}
		return held, open
	}
	listed, closed := budget.Used()
	if h, o := held(); listed != h || closed != h-o || h > most {
		t.Errorf("%d used, %d of them closed; the sessions hold %d, %d of them open, of at most %d", listed, closed, h, o, most)
	}
	for _, tracker := range trackers {
		tracker.Close(start, session.ClosedByServer)
	}
	if h, _ := held(); h == 0 || h > most {
		t.Errorf("%d are remembered of sessions that ended", h)
	}
	for _, tracker := range trackers {
		tracker.Release()
	}
	if listed, closed := budget.Used(); listed != 0 || closed != 0 {
		t.Errorf("%d used, %d closed, once all are released", listed, closed)
	}
}

// heap returns how many bytes are reachable.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestMemoryIsGivenBack holds that a session which had very many streams open, or many
// heartbeats, keeps little of what they took.
func TestMemoryIsGivenBack(t *testing.T) {
	const sessions = 8
	for _, test := range []struct {
		name string
		most int // bytes a session
		play func(*session.Tracker)
	}{
		{"streams that ended, but one", 100 << 10, func(tracker *session.Tracker) {
			opens(tracker, 1, session.MaxOpenStreams)
			closes(tracker, 2, session.MaxOpenStreams)
		}},
		{"streams that the session's end closed", 20 << 10, func(tracker *session.Tracker) {
			opens(tracker, 1, session.MaxOpenStreams)
			tracker.Close(start, session.ClosedByServer)
		}},
		{"heartbeats that were answered at last", 64 << 10, func(tracker *session.Tracker) {
			for _, asked := range []protocol.Direction{c2s, s2c} {
				for range session.MaxOwed {
					tracker.Data(start, asked, frame(protocol.HeartRequest, 0, nil), session.Fate{})
				}
				for range session.MaxOwed {
					tracker.Data(start, asked.Reverse(), frame(protocol.HeartResponse, 0, nil), session.Fate{})
				}
			}
		}},
		{"a long frame in pieces", 16 << 10, func(tracker *session.Tracker) {
			for _, dir := range []protocol.Direction{c2s, s2c} {
				for _, c := range []protocol.Command{protocol.Settings, protocol.Waste} {
					for _, b := range frame(c, 0, make([]byte, protocol.MaxData)) {
						tracker.Data(start, dir, []byte{b}, session.Fate{})
					}
				}
			}
		}},
		{"long padding schemes", 16 << 10, func(tracker *session.Tracker) {
			for n := range 3 { // more end the check of the client's records
				text := "stop=2\n1=" + strings.Repeat("c,", 30_000+n) + "c"
				tracker.Data(start, s2c, frame(protocol.UpdatePaddingScheme, 0, []byte(text)), session.Fate{})
			}
			tracker.Data(start, s2c, frame(protocol.Waste, 0, nil)[:5], session.Fate{})
			tracker.Data(start, s2c, frame(protocol.Waste, 0, nil)[5:], session.Fate{})
		}},
		{"heartbeats of a session that ended", 20 << 10, func(tracker *session.Tracker) {
			now := start
			for range 100 {
				for _, asked := range []protocol.Direction{c2s, s2c} {
					for _, fates := range [][2]session.Fate{{}, {{Kind: session.Injected}, {Kind: session.Absorbed}}} {
						tracker.Data(now, asked, frame(protocol.HeartRequest, 0, nil), fates[0])
						now = now.Add(20 * time.Millisecond)
						tracker.Data(now, asked.Reverse(), frame(protocol.HeartResponse, 0, nil), fates[1])
					}
				}
			}
			before := tracker.Heartbeats(protocol.Client, session.OriginRelay).Figures()
			tracker.Close(now, session.ClosedByServer)
			if after := tracker.Heartbeats(protocol.Client, session.OriginRelay).Figures(); after != before || after.Answered != 100 || after.P50 == 0 {
				t.Errorf("figures %+v before the end, %+v behind it", before, after)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var trackers []*session.Tracker
			before := heap()
			for range sessions {
				tracker := session.NewTracker(session.Config{KeepStreams: 16}, nothing{})
				scheme, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
				if err != nil {
					t.Fatal(err)
				}
				settings := frame(protocol.Settings, 0, []byte("v=2\npadding-md5="+scheme.MD5()))
				settings = append(settings, frame(protocol.Waste, 0, make([]byte, 200))...)
				tracker.Record(start, c2s, protocol.Preamble{Padding: 30}.Append(nil), session.Fate{}, false)
				tracker.Record(start, c2s, settings, session.Fate{}, false)
				tracker.Record(start, s2c, frame(protocol.ServerSettings, 0, []byte("v=2")), session.Fate{}, false)
				test.play(tracker)
				trackers = append(trackers, tracker)
			}
			if got := (heap() - before) / sessions; got > test.most {
				t.Errorf("%d bytes a session, want at most %d", got, test.most)
			} else {
				t.Logf("%d bytes a session", got)
			}
			runtime.KeepAlive(trackers)
		})
	}
}
