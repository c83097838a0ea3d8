package journal_test

import (
	"fmt"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// TestReadInBatches holds that a reader that keeps up gets every entry once, in
// order, whatever the size of its batches.
func TestReadInBatches(t *testing.T) {
	for limit := 1; limit < 8; limit++ {
		s := newSource(journal.Limits{Entries: 8})
		var b journal.Batch
		next := uint64(1)
		drain := func() {
			for s.Read(&b, limit) {
				if len(b.Entries) > limit || b.Missed != 0 {
					t.Fatalf("%d entries, %d missed", len(b.Entries), b.Missed)
				}
				for _, e := range b.Entries {
					if e.Index != next {
						t.Fatalf("entry %d, want %d", e.Index, next)
					}
					next++
				}
				if b.Next != next {
					t.Fatalf("the cursor is at %d, want %d", b.Next, next)
				}
			}
			if len(b.Entries) != 0 {
				t.Fatalf("nothing is left, but %d entries", len(b.Entries))
			}
		}
		s.connect(1)
		for range 100 {
			drain()
			s.server(1, protocol.Waste, 0, "")
			s.server(1, protocol.Waste, 0, "")
		}
		drain()
		if next != 1+3+200 {
			t.Errorf("in batches of %d, the last entry was %d", limit, next-1)
		}
	}
}

// TestReadLapped holds that a reader that was too slow is told exactly how much
// it missed.
func TestReadLapped(t *testing.T) {
	const held = 8
	for late := range 40 {
		s := newSource(journal.Limits{Entries: held})
		s.connect(1) // three entries
		s.server(1, protocol.Waste, 0, "")
		var b journal.Batch
		if !s.Read(&b, 3) || b.Next != 4 {
			t.Fatalf("the cursor is at %d, want 4", b.Next)
		}
		for range late {
			s.server(1, protocol.Waste, 0, "")
		}
		last := uint64(4 + late)
		missed := max(int(last)-held-3, 0)
		if !s.Read(&b, 1) || b.Missed != uint64(missed) || b.Entries[0].Index != uint64(4+missed) {
			t.Errorf("late by %d: missed %d, went on with %d", late, b.Missed, b.Entries[0].Index)
		}
		seen := 3 + missed + 1
		for s.Read(&b, 3) {
			seen += len(b.Entries)
			if b.Missed != 0 {
				t.Errorf("late by %d: missed %d more", late, b.Missed)
			}
		}
		if uint64(seen) != last {
			t.Errorf("late by %d: %d of %d entries accounted for", late, seen, last)
		}
	}
}

// TestReadFromTheStart holds that a reader that comes late, too, is told what it
// missed.
func TestReadFromTheStart(t *testing.T) {
	s := newSource(journal.Limits{Entries: 4})
	var b journal.Batch
	if s.Read(&b, 10) {
		t.Errorf("an empty journal yields %+v", b.Entries)
	}
	s.connect(1)
	s.server(1, protocol.Waste, 0, "")
	s.server(1, protocol.Waste, 0, "")
	b = journal.Batch{}
	if !s.Read(&b, 10) || b.Missed != 1 || len(b.Entries) != 4 || b.Next != 6 {
		t.Errorf("missed %d, %d entries, cursor at %d", b.Missed, len(b.Entries), b.Next)
	}
}

// TestReadData holds that a reader gets text without asking, and payload, padding
// and credentials only if it asks.
func TestReadData(t *testing.T) {
	hash := protocol.HashPassword("password")
	for _, payload := range []bool{false, true} {
		s := newSource(journal.Limits{})
		s.open(1)
		s.client(1, protocol.SYN, 1, "")
		s.client(1, protocol.PSH, 1, target+"secret")
		s.client(1, protocol.PSH, 1, "secret")
		s.client(1, protocol.Waste, 0, "padding")
		s.server(1, protocol.SYNACK, 1, "refused")
		want := map[string]string{
			"preamble": "", "Settings": "v=2\nclient=test/1", "ServerSettings": "v=2", "SYN": "", "PSH": target + "secret", "Waste": "", "SYNACK": "refused",
		}
		if payload {
			want["preamble"], want["Waste"] = string(hash[:]), "padding"
		}
		b := journal.Batch{Payload: payload}
		if !s.Read(&b, 100) {
			t.Fatal("nothing to read")
		}
		for _, e := range b.Entries {
			if !e.IsFrame() {
				continue
			}
			want := want[e.Name()]
			if e.Header.Command == protocol.PSH && !e.Target {
				want = map[bool]string{true: "secret"}[payload]
			}
			if string(e.Data) != want {
				t.Errorf("payload %v: %s has %q, want %q", payload, e.Name(), e.Data, want)
			}
		}
	}
}

// TestReadReusesMemory holds that a batch's memory is its own and reused: the
// entries of one stay good until the next Read, also while the journal goes on.
func TestReadReusesMemory(t *testing.T) {
	s := newSource(journal.Limits{Entries: 64, Bytes: 256})
	s.open(1)
	b := journal.Batch{Payload: true}
	for round := range 20 {
		for i := range 10 {
			s.client(1, protocol.Waste, 0, fmt.Sprintf("round %d, frame %d", round, i))
		}
		if !s.Read(&b, 100) {
			t.Fatal("nothing to read")
		}
		for range 64 {
			s.client(1, protocol.Waste, 0, "other data in the same place")
		}
		frames := b.Entries[len(b.Entries)-10:]
		for i, e := range frames {
			if want := fmt.Sprintf("round %d, frame %d", round, i); string(e.Data) != want {
				t.Fatalf("%q, want %q", e.Data, want)
			}
		}
		s.Read(&b, 100)
	}
	read := func() {
		b.Next = 0
		s.Read(&b, 1000)
	}
	read()
	if allocs := testing.AllocsPerRun(100, read); allocs != 0 {
		t.Errorf("reading with a batch that was used: %v allocations", allocs)
	}
}

// TestRecordAllocatesNothing holds that the frames that make up the traffic allocate
// nothing.
func TestRecordAllocatesNothing(t *testing.T) {
	s := newSource(journal.Limits{Entries: 100, Bytes: 10_000})
	s.open(1)
	s.client(1, protocol.SYN, 1, "")
	s.client(1, protocol.PSH, 1, target)
	s.server(1, protocol.SYNACK, 1, "")
	for name, wire := range map[string][]byte{
		"PSH":       frame(protocol.PSH, 1, string(make([]byte, 16<<10))),
		"small PSH": frame(protocol.PSH, 1, "hello"),
		"Waste":     frame(protocol.Waste, 0, string(make([]byte, 500))),
	} {
		e := &capture.Event{Kind: capture.Data, Session: 1, At: s.now, Dir: c2s, Data: wire}
		if allocs := testing.AllocsPerRun(200, func() { s.Record(e) }); allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
	// A heartbeat costs its notice.
	request := &capture.Event{Kind: capture.Data, Session: 1, At: s.now, Dir: c2s, Data: frame(protocol.HeartRequest, 0, "")}
	answer := &capture.Event{Kind: capture.Data, Session: 1, At: s.now, Dir: s2c, Data: frame(protocol.HeartResponse, 0, "")}
	beat := func() { s.Record(request); s.Record(answer) }
	beat()
	if allocs := testing.AllocsPerRun(200, beat); allocs > 1 {
		t.Errorf("a heartbeat: %v allocations", allocs)
	}
	if got := look(s.Journal, query{}).Heartbeats[protocol.Server].Own; got.Answered < 200 || got.Sent != got.Answered {
		t.Errorf("heartbeats: %+v", got)
	}
}
