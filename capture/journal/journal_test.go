package journal_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestEntries follows a session from its first event to its last: what stands in
// the journal, in order.
func TestEntries(t *testing.T) {
	s := newSource(journal.Limits{})
	s.Record(&capture.Event{Kind: capture.Listening, At: s.now, Client: "127.0.0.1:9443"})
	s.connect(1)
	s.client(1, protocol.Settings, 0, "v=2")
	s.client(1, protocol.SYN, 1, "")
	s.client(1, protocol.PSH, 1, target+"GET /")
	s.wait(time.Second)
	s.server(1, protocol.ServerSettings, 0, "v=2")
	s.server(1, protocol.SYNACK, 1, "refused")
	s.Record(&capture.Event{Kind: capture.Gap, Session: 1, At: s.now, Dir: s2c, Missing: 7})
	s.close(1)

	entries, missed := read(t, s.Journal)
	want := []string{
		"listen", "session-open", "preamble", "auth", "Settings", "SYN", "PSH", "stream-open",
		"ServerSettings", "SYNACK", "incident", "diagnostic", "gap", "stream-close", "session-close",
	}
	if diff := cmp.Diff(want, names(entries)); diff != "" || missed != 0 {
		t.Fatalf("%d missed, entries (-want +got):\n%s", missed, diff)
	}
	for i, e := range entries {
		at, id := start, capture.SessionID(1)
		if i == 0 || i == 10 { // a listen and an incident are no session's
			id = 0
		}
		if i >= 8 {
			at = start.Add(time.Second)
		}
		if e.Index != uint64(i+1) || e.Session != id || !e.At.Equal(at) {
			t.Errorf("entry %d: index %d, session %d, at %v", i, e.Index, e.Session, e.At)
		}
	}
	psh := entries[6]
	if psh.Dir != c2s || psh.Header != (protocol.Header{Command: protocol.PSH, Stream: 1, Length: 10}) || !psh.Target ||
		string(psh.Data) != target+"GET /" || psh.Frame().Info() != "a:80" {
		t.Errorf("PSH: %+v, %q", psh, psh.Frame().Info())
	}
	notices := map[int]session.Notice{
		0:  journal.Listen{Address: "127.0.0.1:9443"},
		1:  journal.SessionOpen{Client: "client:1", Server: "server:1", TLS: &capture.TLS{Version: "TLS 1.3"}},
		7:  session.StreamOpen{Stream: 1, Target: "a:80"},
		12: journal.Gap{Dir: s2c, Bytes: 7},
		14: journal.SessionClose{By: session.ClosedByClient, Up: 5, Down: 0, Frames: 5, Streams: 1, Evidence: journal.Evidence{Gaps: protocol.ByDirection[journal.Gaps]{s2c: {Count: 1, Bytes: 7}}}},
	}
	for i, want := range notices {
		if diff := cmp.Diff(want, entries[i].Notice); diff != "" {
			t.Errorf("entry %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestGapComesAfterWhatItCut holds that the frame which a gap cuts short stands
// before the gap, also where it is the session's first entry.
func TestGapComesAfterWhatItCut(t *testing.T) {
	s := newSource(journal.Limits{})
	s.data(1, s2c, []byte("\x07\x00\x00\x00\x01\x00\x05ab"), session.Fate{})
	s.Record(&capture.Event{Kind: capture.Gap, Session: 1, At: s.now, Dir: s2c, Missing: -1})
	s.Record(&capture.Event{Kind: capture.Gap, Session: 2, At: s.now, Dir: s2c, Missing: -1})
	entries, _ := read(t, s.Journal)
	want := []string{"session-open", "SYNACK", "gap", "session-open", "gap"}
	if diff := cmp.Diff(want, names(entries)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if !entries[1].Cut || string(entries[1].Data) != "ab" {
		t.Errorf("the frame that was cut: %+v", entries[1])
	}
}

// TestSessionWithoutTLS holds that a session that failed before TLS stood is in
// the journal too.
func TestSessionWithoutTLS(t *testing.T) {
	s := newSource(journal.Limits{})
	s.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: s.now, Client: "c:1", Server: "s:1"})
	s.Record(&capture.Event{Kind: capture.Closed, Session: 1, At: s.now, By: session.ClosedByRelay, Reason: "certificate refused"})
	entries, _ := read(t, s.Journal)
	want := []journal.Entry{
		{Index: 1, At: start, Session: 1, Notice: journal.SessionOpen{Client: "c:1", Server: "s:1"}},
		{Index: 2, At: start, Session: 1, Notice: journal.SessionClose{By: session.ClosedByRelay, Reason: "certificate refused"}},
	}
	if diff := cmp.Diff(want, entries, unexported); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// TestRepeatedDiagnostics holds that a peer that is wrong in every frame is
// counted, and does not push everything else out.
func TestRepeatedDiagnostics(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	before := look(s.Journal, query{}).Totals.Frames
	const n = 1000
	for range n {
		s.server(1, protocol.SYN, 1, "")
	}
	entries, _ := read(t, s.Journal)
	listed := 0
	for _, e := range entries {
		if d, ok := e.Notice.(session.Diagnostic); ok {
			listed++
			if d.Nth != uint64(listed) {
				t.Errorf("diagnostic %d says it is number %d", listed, d.Nth)
			}
		}
	}
	v := look(s.Journal, query{Session: 1, Diagnostics: journal.Window{Limit: n}})
	if listed != 16 || len(v.Diagnostics) != 16 || v.DiagnosticsAll != 16 || v.Totals.Errors != n || v.Totals.Frames != before+n ||
		v.Session.Codes[session.CodeWrongSide] != n || s.Totals().Diagnostics[session.CodeWrongSide] != n {
		t.Errorf("%d listed, %d in view, %d counted", listed, len(v.Diagnostics), v.Totals.Errors)
	}
}

// TestClosedSessionsAreForgotten holds that the oldest closed sessions go, and
// live ones stay however old.
func TestClosedSessionsAreForgotten(t *testing.T) {
	s := newSource(journal.Limits{Sessions: 4})
	s.open(1)
	for id := capture.SessionID(2); id <= 50; id++ {
		s.open(id)
		s.close(id)
	}
	v := look(s.Journal, query{Sessions: journal.Window{Limit: 100}})
	var ids []capture.SessionID
	for _, row := range v.Sessions {
		ids = append(ids, row.ID)
		if row.Closed != (row.ID != 1) {
			t.Errorf("session %d: closed %v", row.ID, row.Closed)
		}
	}
	if newest := ids[len(ids)-1]; ids[0] != 1 || newest != 50 || len(ids) > 6 || !slices.IsSorted(ids) {
		t.Errorf("sessions %v are held", ids)
	}
	if v.SessionsAll != len(ids) || v.Totals.Live != 1 || v.Totals.Sessions != 50 || v.Totals.SessionsEvicted != uint64(50-len(ids)) {
		t.Errorf("%d of all, %d live, %d ever, %d evicted", v.SessionsAll, v.Totals.Live, v.Totals.Sessions, v.Totals.SessionsEvicted)
	}
	if got := look(s.Journal, query{Session: 2}).Session; got != nil {
		t.Errorf("a session that was forgotten: %+v", got)
	}
}

// TestNothingComesAfterClosed holds that an event that comes too late does not
// bring its session back, whether that is still remembered or not.
func TestNothingComesAfterClosed(t *testing.T) {
	s := newSource(journal.Limits{Sessions: 4})
	for id := capture.SessionID(2); id <= 50; id++ {
		s.open(id)
		s.close(id)
	}
	before := s.Totals()
	for _, id := range []capture.SessionID{2, 50} {
		s.client(id, protocol.SYN, 1, "")
		s.close(id)
	}
	if diff := cmp.Diff(before, s.Totals(), unexported); diff != "" {
		t.Errorf("totals (-before +after):\n%s", diff)
	}
	// But the first session may be slow to begin.
	s.open(1)
	if v := look(s.Journal, query{}); v.Totals.Live != 1 || v.Totals.Sessions != 50 {
		t.Errorf("%d live sessions of %d", v.Totals.Live, v.Totals.Sessions)
	}
}

// TestSessionsInOrder holds that sessions are listed by id, in whichever order
// their first events came.
func TestSessionsInOrder(t *testing.T) {
	s := newSource(journal.Limits{})
	for _, id := range []capture.SessionID{3, 1, 2, 7, 5} {
		s.open(id)
	}
	var got []capture.SessionID
	for _, row := range look(s.Journal, query{Sessions: journal.Window{Limit: 9}}).Sessions {
		got = append(got, row.ID)
	}
	if want := []capture.SessionID{1, 2, 3, 5, 7}; !slices.Equal(got, want) {
		t.Errorf("sessions %v, want %v", got, want)
	}
}
