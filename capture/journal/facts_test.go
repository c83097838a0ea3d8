package journal_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// factsOf returns the facts of all frames that a journal holds, in words.
func factsOf(t *testing.T, j *journal.Journal) (told []string) {
	t.Helper()
	entries, _ := read(t, j)
	for i := range entries {
		e := &entries[i]
		if !e.IsFrame() {
			if f := j.FactsOf(e.Index); f != (journal.Facts{}) {
				t.Errorf("a notice has the facts %+v", f)
			}
			continue
		}
		f, b := j.FactsOf(e.Index), j.BroughtBy(e.Index, nil)
		line := fmt.Sprintf("%d %v %s client=%s target=%s age=%v count=%d", e.Session, e.Dir, e.Name(), f.Client, f.Target, f.Age, f.Count)
		if f.RTT != 0 {
			line += fmt.Sprint(" rtt=", f.RTT)
		}
		if len(b.Codes) > 0 {
			line += fmt.Sprint(" ", b.Codes, " incident=", b.Incident != 0)
		}
		told = append(told, line)
	}
	return told
}

// TestFacts: of each frame the journal knows what was known when it passed, and what it
// brought about.
func TestFacts(t *testing.T) {
	s := newSource(journal.Limits{Facts: true})
	s.connect(1)
	s.wait(time.Second)
	// The reference client sends these in one record.
	s.data(1, c2s, joined(frame(protocol.Settings, 0, "v=2\nclient=test/1"), frame(protocol.SYN, 1, ""), frame(protocol.PSH, 1, target)), session.Fate{})
	s.server(1, protocol.ServerSettings, 0, "v=2")
	s.wait(2 * time.Second)
	s.server(1, protocol.SYNACK, 1, "")
	s.server(1, protocol.SYNACK, 1, "")
	s.server(1, protocol.PSH, 1, "data")
	s.data(1, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
	s.client(1, protocol.HeartRequest, 0, "")
	s.wait(30 * time.Millisecond)
	s.data(1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
	s.server(1, protocol.HeartResponse, 0, "")
	s.server(1, protocol.HeartResponse, 0, "")
	s.client(1, protocol.SYN, 2, "")
	s.data(1, c2s, joined(frame(protocol.PSH, 2, ""), frame(protocol.ServerSettings, 0, "v=2")), session.Fate{})
	s.wait(4 * time.Second) // the SYNACK of stream 2 is late: no frame brings that about
	s.data(1, s2c, frame(protocol.SYNACK, 2, ""), session.Fate{Kind: session.Dropped, Rule: 1})
	want := []string{
		"1 c2s preamble client= target= age=0s count=0",
		"1 c2s Settings client= target= age=1s count=1",
		"1 c2s SYN client=test/1 target= age=1s count=2",
		"1 c2s PSH client=test/1 target=a:80 age=1s count=3",
		"1 s2c ServerSettings client=test/1 target= age=1s count=1",
		"1 s2c SYNACK client=test/1 target=a:80 age=3s count=2 rtt=2s",
		"1 s2c SYNACK client=test/1 target=a:80 age=3s count=3 [synack-duplicate] incident=true",
		"1 s2c PSH client=test/1 target=a:80 age=3s count=4",
		"1 c2s HeartRequest client=test/1 target= age=3s count=3",
		"1 c2s HeartRequest client=test/1 target= age=3s count=4",
		"1 s2c HeartResponse client=test/1 target= age=3.03s count=5 rtt=30ms",
		"1 s2c HeartResponse client=test/1 target= age=3.03s count=6 rtt=30ms",
		"1 s2c HeartResponse client=test/1 target= age=3.03s count=7 [heartbeat-unsolicited] incident=true",
		"1 c2s SYN client=test/1 target= age=3.03s count=5",
		"1 c2s PSH client=test/1 target= age=3.03s count=6",
		"1 c2s ServerSettings client=test/1 target= age=3.03s count=7 [command-from-wrong-side] incident=true",
		"1 s2c SYNACK client=test/1 target= age=7.03s count=8",
	}
	if diff := cmp.Diff(want, factsOf(t, s.Journal)); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	var owed []string
	for _, o := range s.Owed(1) {
		owed = append(owed, o.What.String())
	}
	if got := strings.Join(owed, " "); got != "SYNACK" {
		t.Errorf("owed is %q, want the SYNACK that was dropped", got)
	}
	if o := s.Owed(9); o != nil {
		t.Errorf("in a session that is none, %v is owed", o)
	}
	for _, index := range []uint64{0, 1 << 40} {
		if f, b := s.FactsOf(index), s.BroughtBy(index, nil); f != (journal.Facts{}) || b.Codes != nil || s.AppendData(nil, index) != nil {
			t.Errorf("entry %d, which is none, has the facts %+v, and brought about %+v", index, f, b)
		}
	}
}

// joined joins frames to a record.
func joined(frames ...[]byte) (record []byte) {
	for _, f := range frames {
		record = append(record, f...)
	}
	return record
}

// TestNoFacts: where they are not asked for, none are kept, and what a frame brought about is
// known all the same.
func TestNoFacts(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.server(1, protocol.HeartResponse, 0, "")
	entries, _ := read(t, s.Journal)
	codes := 0
	for i := range entries {
		if f := s.FactsOf(entries[i].Index); f != (journal.Facts{}) {
			t.Errorf("%s has the facts %+v", entries[i].Name(), f)
		}
		codes += len(s.BroughtBy(entries[i].Index, nil).Codes)
	}
	if codes != 1 {
		t.Errorf("%d diagnostics were brought about, want 1", codes)
	}
}

// wantSameFacts holds that what two journals know of the same frames is the same, however
// they were packed into records, and that their data is that of the entries.
func wantSameFacts(t *testing.T, entries []journal.Entry, apart, packed *journal.Journal) {
	t.Helper()
	for i := range entries {
		e := &entries[i]
		if !e.IsFrame() {
			continue
		}
		if want, got := apart.FactsOf(e.Index), packed.FactsOf(e.Index); got != want {
			t.Fatalf("entry %d has the facts %+v, apart %+v", e.Index, got, want)
		}
		if diff := cmp.Diff(apart.BroughtBy(e.Index, nil), packed.BroughtBy(e.Index, nil)); diff != "" {
			t.Fatalf("entry %d brought about (-apart +packed):\n%s", e.Index, diff)
		}
		if got := packed.AppendData(nil, e.Index); string(got) != string(e.Data) {
			t.Fatalf("entry %d has the data %q, alone %q", e.Index, e.Data, got)
		}
	}
}

// TestFactsOfEvicted: facts go with their frames, also around the ring's end.
func TestFactsOfEvicted(t *testing.T) {
	s := newSource(journal.Limits{Entries: 7, Facts: true})
	s.open(1)
	s.client(1, protocol.SYN, 1, "")
	s.client(1, protocol.PSH, 1, target)
	for n := range uint64(100) {
		s.client(1, protocol.PSH, 1, "x")
		newest := journal.Look(s.Journal, journal.AskSummary{}).Newest
		for back := range uint64(20) {
			f := s.FactsOf(newest - back)
			if back < 7 && back <= n && (f.Count != 4+n-back || f.Target != "a:80") || back >= 7 && f != (journal.Facts{}) {
				t.Fatalf("the frame %d before the newest has the facts %+v", back, f)
			}
		}
	}
}

// BenchmarkRecordFacts is BenchmarkRecord's PSH where facts are kept, and where not.
func BenchmarkRecordFacts(b *testing.B) {
	for _, kept := range []bool{false, true} {
		b.Run(fmt.Sprintf("kept=%v", kept), func(b *testing.B) {
			s := newSource(journal.Limits{Facts: kept})
			s.open(1)
			s.client(1, protocol.SYN, 1, "")
			s.client(1, protocol.PSH, 1, target)
			e := &capture.Event{Kind: capture.Data, Session: 1, At: s.now, Dir: s2c, Data: frame(protocol.PSH, 1, string(make([]byte, 64)))}
			s.Record(e)
			b.ReportAllocs()
			for b.Loop() {
				s.Record(e)
			}
		})
	}
}
