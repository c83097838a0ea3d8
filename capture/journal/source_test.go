package journal_test

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	c2s = protocol.ClientToServer
	s2c = protocol.ServerToClient
)

// start is when every test begins.
var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// A source records into a journal.
type source struct {
	*journal.Journal
	now time.Time
}

func newSource(limits journal.Limits) *source {
	// One key for all, so that journals can be compared.
	return &source{Journal: journal.New(limits, session.Config{Fingerprints: protocol.FingerprintKey{1}}), now: start}
}

// open begins a session and brings it to where streams can be opened.
func (s *source) open(id capture.SessionID) {
	s.connect(id)
	s.client(id, protocol.Settings, 0, "v=2\nclient=test/1")
	s.server(id, protocol.ServerSettings, 0, "v=2")
}

// connect begins a session, up to its preamble: three entries.
func (s *source) connect(id capture.SessionID) {
	s.Record(&capture.Event{Kind: capture.Opened, Session: id, At: s.now, Client: "client:1", Server: "server:1"})
	s.Record(&capture.Event{Kind: capture.Established, Session: id, At: s.now, TLS: &capture.TLS{Version: "TLS 1.3"}})
	s.data(id, c2s, protocol.Preamble{Hash: protocol.HashPassword("password")}.Append(nil), session.Fate{})
}

func (s *source) close(id capture.SessionID) { s.closeBy(id, session.ClosedByClient) }

func (s *source) closeBy(id capture.SessionID, by session.Closer) {
	s.Record(&capture.Event{Kind: capture.Closed, Session: id, At: s.now, By: by})
}

func (s *source) data(id capture.SessionID, dir protocol.Direction, wire []byte, fate session.Fate) {
	s.Record(&capture.Event{Kind: capture.Data, Session: id, At: s.now, Dir: dir, Data: wire, Fate: fate})
}

func (s *source) client(id capture.SessionID, c protocol.Command, stream uint32, data string) {
	s.data(id, c2s, frame(c, stream, data), session.Fate{})
}

func (s *source) server(id capture.SessionID, c protocol.Command, stream uint32, data string) {
	s.data(id, s2c, frame(c, stream, data), session.Fate{})
}

func (s *source) wait(d time.Duration) { s.now = s.now.Add(d) }

func frame(c protocol.Command, stream uint32, data string) []byte {
	wire, err := protocol.AppendFrame(nil, c, stream, []byte(data))
	if err != nil {
		panic(err)
	}
	return wire
}

// target is the beginning of a stream's payload.
const target = "\x03\x01a\x00\x50"

// read returns all entries that the journal holds, with their data, and how many
// were missed.
func read(t testing.TB, j *journal.Journal) (entries []journal.Entry, missed uint64) {
	t.Helper()
	b := journal.Batch{Payload: true}
	for j.Read(&b, 100) {
		entries = append(entries, b.Entries...)
		missed += b.Missed
		b = journal.Batch{Payload: true, Next: b.Next}
	}
	return entries, missed
}

// names returns the entries' names: a frame's command, or a notice's name.
func names(entries []journal.Entry) (names []string) {
	for i := range entries {
		if e := &entries[i]; e.IsFrame() {
			names = append(names, e.Name())
		} else {
			names = append(names, e.Notice.NoticeName())
		}
	}
	return names
}

// A query asks for several things at once, and a view answers it.
type query struct {
	Sessions    journal.Window
	Session     capture.SessionID
	Streams     journal.Window
	Frames      journal.AskFrames
	Detail      uint64
	Diagnostics journal.Window
}

type view struct {
	Totals                                                                              journal.Summary
	Sessions                                                                            []journal.SessionRow
	SessionsFrom, SessionsAll, StreamsFrom, StreamsAll, DiagnosticsFrom, DiagnosticsAll int
	Session                                                                             *journal.SessionDetail
	Streams                                                                             []session.Stream
	StreamsForgotten                                                                    uint64
	Heartbeats                                                                          journal.Heartbeats
	Frames                                                                              journal.Frames
	Detail                                                                              *journal.Entry
	Diagnostics                                                                         []journal.Entry
}

// look answers a query.
func look(j *journal.Journal, q query) *view {
	sessions := journal.Look(j, journal.AskSessions{Window: q.Sessions})
	streams := journal.Look(j, journal.AskStreams{Session: q.Session, Window: q.Streams})
	diagnostics := journal.Look(j, journal.AskDiagnostics{Window: q.Diagnostics})
	return &view{
		Totals:   journal.Look(j, journal.AskSummary{}),
		Sessions: sessions.Rows, SessionsFrom: sessions.From, SessionsAll: sessions.All,
		Session: journal.Look(j, journal.AskSession{ID: q.Session}),
		Streams: streams.Rows, StreamsFrom: streams.From, StreamsAll: streams.All, StreamsForgotten: streams.Forgotten,
		Heartbeats:  journal.Look(j, journal.AskHeartbeats{Session: q.Session}),
		Frames:      journal.Look(j, q.Frames),
		Detail:      journal.Look(j, journal.AskFrame{Index: q.Detail}),
		Diagnostics: diagnostics.Rows, DiagnosticsFrom: diagnostics.From, DiagnosticsAll: diagnostics.All,
	}
}
