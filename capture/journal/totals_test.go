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

// TestTotals holds that the totals are exact whatever was evicted.
func TestTotals(t *testing.T) {
	s := newSource(journal.Limits{Entries: 10, Bytes: 64, Snap: 16, Sessions: 2, Streams: 1})
	const sessions, streams = 20, 7
	var wire protocol.ByDirection[uint64]
	for id := capture.SessionID(1); id <= sessions; id++ {
		s.open(id)
		for n := uint32(1); n <= streams; n++ {
			s.client(id, protocol.SYN, n, "")
			s.client(id, protocol.PSH, n, target+"up")
			s.server(id, protocol.SYNACK, n, "")
			s.server(id, protocol.PSH, n, "down")
			s.client(id, protocol.FIN, n, "")
			s.server(id, protocol.FIN, n, "")
		}
		s.server(id, protocol.SYN, 99, "") // not the server's to send: no stream
		s.client(id, 77, 0, "")
		s.data(id, c2s, []byte("\x01\x00\x00\x00\x63\x00\x01"), session.Fate{}) // a SYN, cut short
		st := look(s.Journal, query{Session: id}).Session.State
		wire[c2s] += st.Wire[c2s]
		wire[s2c] += st.Wire[s2c]
		s.wait(time.Minute) // so that no session was a short one
		s.close(id)
	}
	got := s.Totals()
	entries, missed := read(t, s.Journal)
	const frames = sessions * (2 + 6*streams + 3)
	// Beside the frames: the preamble, session-open, auth, stream-open and -close, two
	// diagnostics for what is odd, session-close. And these diagnostics make two incidents,
	// each of which is told of with every session: first it opens, and then it has grown.
	const all = frames + sessions*(1+1+1+2*streams+2+1+2)
	if got.Sessions != sessions || got.Streams != sessions*streams || got.Frames != frames || got.Wire != wire {
		t.Errorf("%d sessions, %d streams, %d frames, wire %v; want %d, %d, %d, %v",
			got.Sessions, got.Streams, got.Frames, got.Wire, sessions, sessions*streams, frames, wire)
	}
	if got.Evicted != all-10 || missed != got.Evicted || len(entries) != 10 {
		t.Errorf("%d evicted, %d missed, %d held, of %d", got.Evicted, missed, len(entries), all)
	}
	want := map[session.Code]uint64{session.CodeWrongSide: sessions, session.CodeUnknownCommand: sessions}
	if diff := cmp.Diff(want, got.Diagnostics); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
	if held := uint64(len(look(s.Journal, query{Sessions: journal.Window{Limit: 100}}).Sessions)); held > 2 || held+got.SessionsEvicted != sessions {
		t.Errorf("%d sessions held, %d evicted", held, got.SessionsEvicted)
	}
	summary := look(s.Journal, query{}).Totals
	if summary.Sessions != got.Sessions || summary.Frames != got.Frames || summary.Streams != got.Streams || summary.Evicted != got.Evicted ||
		summary.SessionsEvicted != got.SessionsEvicted || summary.Errors != sessions ||
		summary.Warnings != sessions || summary.Notes != 0 || summary.Wire != got.Wire {
		t.Errorf("the screen's summary %+v of %+v", summary, got)
	}
}

// TestHeartbeatTotals holds that each HeartRequest is accounted for, over all
// sessions, when they are gone too.
func TestHeartbeatTotals(t *testing.T) {
	s := newSource(journal.Limits{Entries: 8, Sessions: 1})
	injected, absorbed := session.Fate{Kind: session.Injected}, session.Fate{Kind: session.Absorbed}
	request, response := frame(protocol.HeartRequest, 0, ""), frame(protocol.HeartResponse, 0, "")
	check := func(waiting uint64) {
		t.Helper()
		totals := s.Totals()
		var sum uint64
		for peer := range totals.Heartbeats {
			for o := range totals.Heartbeats[peer] {
				h := &totals.Heartbeats[peer][o]
				sum += h.Waiting()
				if total := h.Answered + h.Lost + h.Cut + h.Unsupported + h.Waiting(); total != h.Sent || h.Waiting() > h.Sent {
					t.Fatalf("toward %d, origin %d: %+v", peer, o, h)
				}
			}
		}
		if sum != waiting {
			t.Fatalf("%d heartbeats wait, want %d", sum, waiting)
		}
	}
	for id := capture.SessionID(1); id <= 10; id++ {
		s.open(id)
		s.data(id, c2s, request, injected) // answered
		s.data(id, c2s, request, session.Fate{})
		s.wait(10 * time.Millisecond)
		s.data(id, s2c, response, absorbed)
		s.data(id, s2c, response, session.Fate{})
		s.data(id, c2s, request, injected) // late
		s.data(id, s2c, request, injected) // lost
		s.wait(4 * time.Second)
		s.data(id, s2c, response, absorbed)
		s.data(id, c2s, request, injected) // cut
		check(1)
		s.close(id)
		check(0)
	}
	// Nobody need answer in a session of version 1.
	s.connect(11)
	s.data(11, s2c, request, injected)
	s.wait(4 * time.Second)
	check(1)
	s.Tick(s.now)
	check(0)

	totals := s.Totals()
	want := protocol.ByPeer[session.ByOrigin[session.Heartbeats]]{
		protocol.Client: {session.OriginRelay: {Sent: 11, Lost: 10, Unsupported: 1}},
		protocol.Server: {
			session.OriginRelay: {Sent: 30, Answered: 10, Lost: 10, Late: 10, Cut: 10, Last: 4 * time.Second},
			session.OriginPeer:  {Sent: 10, Answered: 10, Last: 10 * time.Millisecond},
		},
	}
	for peer := range want {
		for o := range want[peer] {
			got := totals.Heartbeats[peer][o]
			if n := uint64(got.Quantiles().Count); n != got.Answered+got.Late {
				t.Errorf("toward %d, origin %d: %d round-trips", peer, o, n)
			}
			got.RoundTrips = session.RoundTrips{}
			if got != want[peer][o] {
				t.Errorf("toward %d, origin %d:\n got %+v\nwant %+v", peer, o, got, want[peer][o])
			}
		}
	}
}

// TestTotalsAreACopy holds that what a reader got does not change under it.
func TestTotalsAreACopy(t *testing.T) {
	s := newSource(journal.Limits{})
	beat := func() {
		s.data(1, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{})
		s.data(1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{})
		s.data(1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{})
	}
	s.open(1)
	beat()
	totals := s.Totals()
	beat()
	h := &totals.Heartbeats[protocol.Server][session.OriginPeer]
	if n := h.Quantiles().Count; n != 1 || totals.Diagnostics[session.CodeHeartbeatUnsolicited] != 1 {
		t.Errorf("%d round-trips, diagnostics %v", n, totals.Diagnostics)
	}
}
