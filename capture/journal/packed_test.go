package journal_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// TestPackedRecords records the same frames one by one and packed into TLS records, cut
// anywhere, and holds that the journals hold the same: the same entries, the same data,
// while both are evicted.
func TestPackedRecords(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 3))
		limits := journal.Limits{Entries: 1 + r.IntN(150), Bytes: 1 + r.IntN(1500), Snap: 1 + r.IntN(100), Facts: true}
		apart, packed := newSource(limits), newSource(limits)
		for _, s := range []*source{apart, packed} {
			s.open(1)
			s.open(2)
		}
		stream := [3]uint32{}
		for range 60 {
			id := capture.SessionID(1 + r.IntN(2))
			dir := protocol.Direction(r.IntN(2))
			var wire []byte
			for range 1 + r.IntN(20) {
				c, n, data := protocol.PSH, stream[id], "payload payload payload payload payload"[:r.IntN(40)]
				switch k := r.IntN(8); {
				case k == 0 && dir == c2s:
					stream[id]++
					c, n, data = protocol.SYN, stream[id], ""
				case k == 1:
					data = target + data
				case k == 2:
					c, n, data = protocol.HeartRequest, 0, ""
				case k == 3:
					c, n, data = protocol.HeartResponse, 0, "" // nobody may have asked: a diagnostic
				case k == 4:
					c, data = protocol.Command(40), ""
				}
				one := frame(c, n, data)
				wire = append(wire, one...)
				unknown(apart, id, dir, one)
			}
			for len(wire) > 0 {
				n := 1 + r.IntN(len(wire))
				if r.IntN(2) == 0 {
					n = len(wire)
				}
				unknown(packed, id, dir, wire[:n])
				wire = wire[n:]
			}
			want, wantMissed := read(t, apart.Journal)
			got, missed := read(t, packed.Journal)
			if diff := cmp.Diff(want, got, unexported); diff != "" || missed != wantMissed {
				t.Fatalf("seed %d, %+v: missed %d, apart %d (-apart +packed):\n%s", seed, limits, missed, wantMissed, diff)
			}
			wantSame(t, got, packed.Journal, 1+r.IntN(9))
			wantSameFacts(t, got, apart.Journal, packed.Journal)
			if diff := cmp.Diff(apart.Totals(), packed.Totals(), unexported); diff != "" {
				t.Fatalf("seed %d, totals (-apart +packed):\n%s", seed, diff)
			}
			for range 3 {
				a := journal.AskFrames{
					Session: capture.SessionID(r.IntN(3)), Stream: r.Uint32N(3),
					Anchor: r.Uint64N(uint64(len(want)+1)) + wantMissed, Before: r.IntN(9), After: 1 + r.IntN(9),
				}
				if diff := cmp.Diff(journal.Look(apart.Journal, a), journal.Look(packed.Journal, a)); diff != "" {
					t.Fatalf("seed %d, %+v (-apart +packed):\n%s", seed, a, diff)
				}
				detail := journal.AskFrame{Index: a.Anchor}
				if diff := cmp.Diff(journal.Look(apart.Journal, detail), journal.Look(packed.Journal, detail)); diff != "" {
					t.Fatalf("seed %d, %+v (-apart +packed):\n%s", seed, detail, diff)
				}
			}
		}
	}
}

// wantSame holds that entries are the same in batches of another size, and one by one
// with their data.
func wantSame(t *testing.T, want []journal.Entry, j *journal.Journal, limit int) {
	t.Helper()
	b := journal.Batch{Payload: true}
	for j.Read(&b, limit) {
		for _, e := range b.Entries {
			if len(want) == 0 || e.Index != want[0].Index || e.Header != want[0].Header || string(e.Data) != string(want[0].Data) {
				t.Fatalf("in batches of %d: %+v, want %+v", limit, e, want[:min(1, len(want))])
			}
			if one := journal.Look(j, journal.AskFrame{Index: e.Index}); one != nil && string(one.Data) != string(e.Data) {
				t.Fatalf("entry %d alone has the data %q, in a batch %q", e.Index, one.Data, e.Data)
			}
			want = want[1:]
		}
	}
	if len(want) > 0 {
		t.Fatalf("in batches of %d, %d entries are missing", limit, len(want))
	}
}

// unknown records bytes of which nobody knows how they were cut into records.
func unknown(s *source, id capture.SessionID, dir protocol.Direction, b []byte) {
	s.Record(&capture.Event{Kind: capture.Data, Session: id, At: s.now, Dir: dir, Data: b, RecordsUnknown: true})
}
