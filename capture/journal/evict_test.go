package journal_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// unexported leaves out what only the journal itself uses.
var unexported = cmp.Options{
	cmpopts.IgnoreUnexported(journal.Entry{}, journal.Totals{}),
	cmpopts.IgnoreFields(session.Heartbeats{}, "RoundTrips"),
}

// TestEvictionByEntries holds that the newest entries are kept, as many as the
// limit says.
func TestEvictionByEntries(t *testing.T) {
	const limit = 10
	s := newSource(journal.Limits{Entries: limit})
	s.open(1)
	s.client(1, protocol.SYN, 1, "")
	s.client(1, protocol.PSH, 1, target)
	for recorded := uint64(8); recorded < 50; recorded++ {
		entries, missed := read(t, s.Journal)
		evicted := max(recorded, limit) - limit
		if uint64(len(entries)) != recorded-evicted || missed != evicted || s.Totals().Evicted != evicted {
			t.Fatalf("of %d entries, %d are held, %d missed, %d evicted", recorded, len(entries), missed, s.Totals().Evicted)
		}
		for i, e := range entries {
			if e.Index != evicted+uint64(i)+1 {
				t.Fatalf("of %d entries, number %d has index %d", recorded, i, e.Index)
			}
		}
		s.client(1, protocol.PSH, 1, string(rune('a'+recorded%26)))
	}
}

// TestEvictionByBytes holds that the newest data is kept, as much as the limit
// says, and that a frame whose data is gone is kept.
func TestEvictionByBytes(t *testing.T) {
	const limit = 100
	s := newSource(journal.Limits{Entries: 1000, Bytes: limit, Snap: 64})
	s.open(1)
	s.client(1, protocol.SYN, 1, "")
	s.client(1, protocol.PSH, 1, target)
	before, _ := read(t, s.Journal)
	var payloads []string
	for i := range 60 {
		payload := strings.Repeat(string(rune('a'+i%26)), 1+i*7%64)
		payloads = append(payloads, payload)
		s.client(1, protocol.PSH, 1, payload)

		entries, missed := read(t, s.Journal)
		if missed != 0 || len(entries) != len(before)+len(payloads) {
			t.Fatalf("%d entries, %d missed", len(entries), missed)
		}
		left, gone := limit, false
		for k := len(payloads) - 1; k >= 0; k-- {
			e := entries[len(before)+k]
			left -= len(payloads[k])
			gone = gone || left < 0
			want := payloads[k]
			if gone {
				want = ""
			}
			if string(e.Data) != want || int(e.Header.Length) != len(payloads[k]) {
				t.Fatalf("after %d payloads, number %d: %q, want %q", len(payloads), k, e.Data, want)
			}
		}
	}
	var stored uint64
	for _, e := range before {
		// Each frame's data was stored: these all fit into the snap length.
		if e.IsFrame() {
			stored += uint64(e.Header.Length)
		}
	}
	stored += 32 // the preamble's is the credential
	for _, p := range payloads {
		stored += uint64(len(p))
	}
	if got := s.Totals().BytesEvicted; got != stored-limit {
		t.Errorf("%d bytes evicted, want %d", got, stored-limit)
	}
}

// TestSnap holds that no more of a frame's data is kept than the limit says, and no
// more than fits into the data ring.
func TestSnap(t *testing.T) {
	long := strings.Repeat("0123456789", 100)
	tests := []struct {
		name  string
		limit journal.Limits
		kept  int
	}{
		{"by default", journal.Limits{}, 1000},
		{"shorter than the frame", journal.Limits{Snap: 17}, 17},
		{"longer than the ring", journal.Limits{Snap: 500, Bytes: 30}, 30},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSource(test.limit)
			s.open(1)
			for range 5 {
				s.client(1, protocol.Waste, 0, long)
				entries, _ := read(t, s.Journal)
				e := entries[len(entries)-1]
				if string(e.Data) != long[:test.kept] || e.Header.Length != 1000 {
					t.Fatalf("%d bytes of %d are kept: %q", len(e.Data), e.Header.Length, e.Data)
				}
			}
		})
	}
}

// TestStreamsAreForgotten holds that the oldest closed streams go, and open ones
// stay.
func TestStreamsAreForgotten(t *testing.T) {
	const limit = 8
	s := newSource(journal.Limits{Streams: limit})
	s.open(1)
	s.client(1, protocol.SYN, 1, "")
	for id := uint32(2); id <= 100; id++ {
		s.client(1, protocol.SYN, id, "")
		s.client(1, protocol.FIN, id, "")
		s.server(1, protocol.FIN, id, "")
	}
	v := look(s.Journal, query{Session: 1, Streams: journal.Window{Limit: 1000}})
	n := len(v.Streams)
	if v.Streams[0].ID != 1 || v.Streams[n-1].ID != 100 || n < limit || n > 1+limit*5/4 {
		t.Errorf("%d streams, from %d to %d", n, v.Streams[0].ID, v.Streams[n-1].ID)
	}
	if v.StreamsAll != n || v.StreamsForgotten != uint64(100-n) || v.Session.StreamsOpen != 1 || v.Session.State.Streams != 100 {
		t.Errorf("%d of all, %d forgotten, %d open, %d ever", v.StreamsAll, v.StreamsForgotten, v.Session.StreamsOpen, v.Session.State.Streams)
	}
}
