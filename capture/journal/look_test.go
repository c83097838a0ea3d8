package journal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestLookAtASession holds what a screen gets of the session that was chosen.
func TestLookAtASession(t *testing.T) {
	s := newSource(journal.Limits{})
	s.Record(&capture.Event{Kind: capture.Listening, At: s.now, Client: "127.0.0.1:9443"})
	s.open(1)
	s.open(2)
	s.client(2, protocol.SYN, 1, "")
	s.client(2, protocol.PSH, 1, target+"up")
	s.server(2, protocol.SYNACK, 1, "")
	s.data(2, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
	s.wait(20 * time.Millisecond)
	s.data(2, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
	s.data(2, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
	s.data(2, s2c, []byte("\x02\x00\x00\x00\x01\x00\x05do"), session.Fate{})
	v := look(s.Journal, query{
		Session: 2, Sessions: journal.Window{Limit: 10}, Streams: journal.Window{Limit: 10}, Detail: 1,
	})
	if v.Totals.Listen != "127.0.0.1:9443" || !v.Totals.Started.Equal(start) || v.SessionsAll != 2 || v.Totals.Live != 2 {
		t.Errorf("listens at %q since %v, %d sessions, %d live", v.Totals.Listen, v.Totals.Started, v.SessionsAll, v.Totals.Live)
	}
	d := v.Session
	if diff := cmp.Diff(v.Sessions[1], d.SessionRow); diff != "" {
		t.Errorf("the session differs from its row:\n%s", diff)
	}
	if d.ID != 2 || d.Client != "client:1" || d.Server != "server:1" || d.TLS.Version != "TLS 1.3" || !d.OpenedAt.Equal(start) || d.Closed ||
		d.State.Phase != session.Ready || d.State.Version() != 2 || d.State.Client != "test/1" || d.StreamsOpen != 1 ||
		d.Waiting != (protocol.ByPeer[uint64]{protocol.Server: 1}) || d.Last != (protocol.ByPeer[time.Duration]{protocol.Server: 20 * time.Millisecond}) || d.Lost != (protocol.ByPeer[uint64]{}) {
		t.Errorf("the session: %+v", d.SessionRow)
	}
	inside := protocol.ByDirection[protocol.Header]{s2c: {Command: protocol.PSH, Stream: 1, Length: 5}}
	if d.Framing != (protocol.ByDirection[session.FramingState]{session.Framed, session.Framed}) || d.Inside != inside || d.Left != (protocol.ByDirection[int]{s2c: 3}) {
		t.Errorf("its framing: %v, inside %v, left %v", d.Framing, d.Inside, d.Left)
	}
	if len(v.Streams) != 1 || v.Streams[0].Target != "a:80" || v.Streams[0].Up != 2 || v.Streams[0].Down != 2 || v.Streams[0].State != session.Open {
		t.Errorf("its streams: %+v", v.Streams)
	}
	h := v.Heartbeats[protocol.Server]
	if h.Injected.Sent != 2 || h.Injected.Answered != 1 || h.Injected.Waiting != 1 || h.Injected.Last.Duration() != 20*time.Millisecond || h.Injected.Max != h.Injected.Last ||
		h.Own != (session.Figures{}) || len(h.Series) != 1 || h.Series[0] != 20*time.Millisecond {
		t.Errorf("its heartbeats: %+v", h)
	}
	if other := look(s.Journal, query{Session: 1}).Heartbeats[protocol.Server]; other.Injected.Sent != 0 || len(other.Series) != 0 {
		t.Errorf("the other session's heartbeats: %+v", other)
	}
	if all := look(s.Journal, query{}); all.Session != nil || all.Heartbeats[protocol.Server].Injected.Sent != 2 || len(all.Heartbeats[protocol.Server].Series) != 1 {
		t.Errorf("all sessions' heartbeats: %+v", all.Heartbeats)
	}
}

// TestAnswersHoldOnlyWhatWasAsked holds that a screen that shows nothing gets
// nothing, though it is told how much there is.
func TestAnswersHoldOnlyWhatWasAsked(t *testing.T) {
	s := newSource(journal.Limits{})
	for id := capture.SessionID(1); id <= 5; id++ {
		s.open(id)
		s.server(id, protocol.SYN, 1, "")
	}
	v := look(s.Journal, query{})
	if len(v.Sessions)+len(v.Streams)+len(v.Frames.Rows)+len(v.Diagnostics) != 0 || v.Session != nil || v.Detail != nil {
		t.Errorf("a view of nothing: %+v", v)
	}
	if v.SessionsAll != 5 || v.DiagnosticsAll != 5 || v.Frames.Newest == 0 {
		t.Errorf("%d sessions, %d diagnostics, newest entry %d", v.SessionsAll, v.DiagnosticsAll, v.Frames.Newest)
	}
}

// TestFrameInFull holds that the frame that is shown in full has its data, also
// where it is payload.
func TestFrameInFull(t *testing.T) {
	s := newSource(journal.Limits{Entries: 6})
	s.open(1) // session-open, preamble, auth, Settings, ServerSettings
	s.client(1, protocol.Waste, 0, "padding")
	detail := func(index uint64) string {
		e := look(s.Journal, query{Detail: index}).Detail
		if e == nil {
			return "none"
		}
		return e.Name() + " " + string(e.Data)
	}
	for index, want := range map[uint64]string{
		0: "none", 1: "none", 3: "none", 4: "Settings v=2\nclient=test/1", 6: "Waste padding", 7: "none",
	} {
		if got := detail(index); got != want {
			t.Errorf("entry %d: %q, want %q", index, got, want)
		}
	}
	for range 3 {
		s.client(1, protocol.Waste, 0, "")
	}
	if got := detail(2); got != "none" {
		t.Errorf("an entry that was evicted: %q", got)
	}
	if got := detail(4); got != "Settings v=2\nclient=test/1" {
		t.Errorf("the oldest entry: %q", got)
	}
}

// TestWindows holds which rows of a list a window shows, by number and by anchor.
func TestWindows(t *testing.T) {
	s := newSource(journal.Limits{})
	// Ten each: sessions 10 to 100; streams 2 to 20; diagnostics, whose indices
	// the lists below give.
	for n := capture.SessionID(1); n <= 10; n++ {
		s.connect(n * 10)
	}
	for n := uint32(1); n <= 10; n++ {
		s.client(100, protocol.SYN, n*2, "") // before Settings: a diagnostic each
	}
	var indices []uint64
	for _, e := range look(s.Journal, query{Diagnostics: journal.Window{Limit: 100}}).Diagnostics {
		indices = append(indices, e.Index)
	}
	if len(indices) != 10 {
		t.Fatalf("%d diagnostics, want 10", len(indices))
	}
	tests := []struct {
		name   string
		window journal.Window
		anchor int // row number of the anchor, where it is not 0
		from   int
		rows   int
	}{
		{"none", journal.Window{}, 0, 0, 0},
		{"the first", journal.Window{Limit: 3}, 0, 0, 3},
		{"from the middle", journal.Window{From: 4, Limit: 3}, 0, 4, 3},
		{"the last", journal.Window{From: 7, Limit: 3}, 0, 7, 3},
		{"brought back from behind the end", journal.Window{From: 99, Limit: 3}, 0, 7, 3},
		{"brought back from before the start", journal.Window{From: -4, Limit: 3}, 0, 0, 3},
		{"longer than the list", journal.Window{From: 5, Limit: 30}, 0, 0, 10},
		{"of less than nothing", journal.Window{From: 5, Limit: -1}, 0, 5, 0},
		{"at an anchor", journal.Window{Limit: 3}, 4, 4, 3},
		{"around an anchor", journal.Window{Limit: 5, Above: 2, From: 9}, 4, 2, 5},
		{"around an anchor near the end", journal.Window{Limit: 5, Above: 2}, 9, 5, 5},
		{"around an anchor near the start", journal.Window{Limit: 5, Above: 4}, 1, 0, 5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := query{Session: 100, Sessions: test.window, Streams: test.window, Diagnostics: test.window}
			if n := test.anchor; n != 0 {
				q.Sessions.Anchor, q.Streams.Anchor, q.Diagnostics.Anchor = uint64(n+1)*10, uint64(n+1)*2, indices[n]
			}
			v := look(s.Journal, q)
			if v.SessionsFrom != test.from || v.StreamsFrom != test.from || v.DiagnosticsFrom != test.from {
				t.Errorf("from %d, %d, %d, want %d", v.SessionsFrom, v.StreamsFrom, v.DiagnosticsFrom, test.from)
			}
			if len(v.Sessions) != test.rows || len(v.Streams) != test.rows || len(v.Diagnostics) != test.rows {
				t.Fatalf("%d, %d, %d rows, want %d", len(v.Sessions), len(v.Streams), len(v.Diagnostics), test.rows)
			}
			for i := range test.rows {
				row := test.from + i
				if v.Sessions[i].ID != capture.SessionID(row+1)*10 || v.Streams[i].ID != uint32(row+1)*2 || v.Diagnostics[i].Index != indices[row] {
					t.Errorf("row %d: session %d, stream %d, diagnostic %d", row, v.Sessions[i].ID, v.Streams[i].ID, v.Diagnostics[i].Index)
				}
			}
		})
	}
	// An anchor that is not held leaves From to count.
	gone := journal.Window{From: 3, Limit: 2, Anchor: 5, Above: 1}
	if v := look(s.Journal, query{Session: 100, Sessions: gone, Streams: gone}); v.SessionsFrom != 3 || v.StreamsFrom != 3 {
		t.Errorf("around what is not held: from %d, %d, want 3", v.SessionsFrom, v.StreamsFrom)
	}
}

// TestDiagnosticsThatWereEvicted holds that rows and their numbers agree where
// the oldest diagnostics are gone.
func TestDiagnosticsThatWereEvicted(t *testing.T) {
	s := newSource(journal.Limits{Entries: 20})
	for id := capture.SessionID(1); id <= 30; id++ {
		s.connect(id)
		s.client(id, protocol.SYN, 1, "") // before Settings
		s.closeBy(id, session.ClosedByRelay)
		v := look(s.Journal, query{Diagnostics: journal.Window{Limit: 100}})
		if len(v.Diagnostics) != v.DiagnosticsAll || v.DiagnosticsFrom != 0 || v.Totals.Errors != uint64(id) {
			t.Fatalf("%d of %d rows, %d errors", len(v.Diagnostics), v.DiagnosticsAll, v.Totals.Errors)
		}
		for i, e := range v.Diagnostics {
			if _, ok := e.Notice.(session.Diagnostic); !ok || e.Session != id-capture.SessionID(len(v.Diagnostics)-1-i) {
				t.Fatalf("row %d of %d: %+v", i, len(v.Diagnostics), e)
			}
		}
		last := look(s.Journal, query{Diagnostics: journal.Window{From: 1 << 30, Limit: 1}})
		if last.DiagnosticsFrom != last.DiagnosticsAll-1 || last.Diagnostics[0].Session != id {
			t.Fatalf("the newest is row %d of %d, of session %d", last.DiagnosticsFrom, last.DiagnosticsAll, last.Diagnostics[0].Session)
		}
	}
}

// TestDiagnosticsLimit holds that the newest diagnostics can be listed, as many
// as a limit says.
func TestDiagnosticsLimit(t *testing.T) {
	s := newSource(journal.Limits{Entries: 100_000})
	for id := capture.SessionID(1); id <= 500; id++ {
		s.connect(id)
		for n := range uint32(5) {
			s.client(id, protocol.SYN, n+1, "") // before Settings
		}
		s.closeBy(id, session.ClosedByRelay)
	}
	v := look(s.Journal, query{Diagnostics: journal.Window{From: 1 << 30, Limit: 1000}})
	if v.DiagnosticsAll != 1000 || len(v.Diagnostics) != 1000 || v.Totals.Errors != 2500 {
		t.Errorf("%d of %d rows, %d errors", len(v.Diagnostics), v.DiagnosticsAll, v.Totals.Errors)
	}
	if first := v.Diagnostics[0].Session; first != 301 {
		t.Errorf("the oldest that is listed is of session %d", first)
	}
}
