package journal_test

import (
	"fmt"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestRecordBoundaries holds that the journal hands on where records end, as far
// as the source knows.
func TestRecordBoundaries(t *testing.T) {
	preamble := protocol.Preamble{Padding: 4}.Append(nil)
	for _, test := range []struct {
		name               string
		continues, unknown bool
		splits             uint64
	}{
		{"three records", false, false, 1},
		{"one record in three parts", true, false, 0},
		{"a source that can't tell", false, true, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSource(journal.Limits{})
			for _, part := range [][]byte{preamble[:32], preamble[32:34], preamble[34:]} {
				s.Record(&capture.Event{
					Kind: capture.Data, Session: 1, At: s.now, Dir: c2s, Data: part,
					Continues: test.continues, RecordsUnknown: test.unknown,
				})
			}
			s.close(1)
			if n := s.Totals().Diagnostics[session.CodeAuthSplit]; n != test.splits {
				t.Errorf("split %d times, want %d", n, test.splits)
			}
		})
	}
}

// TestComparedSessions holds that what the sessions of one client show together
// is listed and counted as what each shows alone.
func TestComparedSessions(t *testing.T) {
	s := newSource(journal.Limits{})
	for id := capture.SessionID(1); id <= 10; id++ {
		s.Record(&capture.Event{Kind: capture.Opened, Session: id, At: s.now, Client: fmt.Sprintf("192.0.2.1:%d", 1000+id), Server: "server:1"})
		s.close(id)
	}
	v := look(s.Journal, query{Session: 10, Diagnostics: journal.Window{Limit: 10}})
	if len(v.Diagnostics) != 1 || v.Diagnostics[0].Session != 10 || v.Totals.Warnings != 1 || v.Session.Codes[session.CodeSessionChurn] != 1 {
		t.Errorf("listed %+v, %d warnings, session 10: %v", v.Diagnostics, v.Totals.Warnings, v.Session.Codes)
	}
	if d, ok := v.Diagnostics[0].Notice.(session.Diagnostic); !ok || d.Code != session.CodeSessionChurn {
		t.Errorf("listed: %+v", v.Diagnostics[0])
	}
}

// TestHowSessionsEnd holds that the reason of an end reaches the diagnostic.
func TestHowSessionsEnd(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.Record(&capture.Event{
		Kind: capture.Closed, Session: 1, At: s.now, By: session.ClosedByServer, Reason: "the server reset its connection",
	})
	v := look(s.Journal, query{Diagnostics: journal.Window{Limit: 10}})
	if len(v.Diagnostics) != 1 {
		t.Fatalf("listed: %+v", v.Diagnostics)
	}
	d, _ := v.Diagnostics[0].Notice.(session.Diagnostic)
	if d.Code != session.CodeClosedBy || d.Text != "the server reset its connection; it lived 0s" {
		t.Errorf("diagnostic: %+v", d)
	}
}
