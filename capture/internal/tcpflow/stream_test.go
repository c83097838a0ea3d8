package tcpflow_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/internal/tcpflow"
)

// A script tells a stream things, and writes down what comes out of it.
type script struct {
	tcpflow.Stream
	limits *tcpflow.Limits
	at     int64
	out    []string
}

func newScript(l *tcpflow.Limits) *script {
	s := &script{limits: l}
	s.Init(l)
	return s
}

// tell tells the stream something, a millisecond later, and takes what comes out.
func (s *script) tell(what func(at int64)) *script {
	s.at += int64(time.Millisecond)
	what(s.at)
	for p, ok := s.Next(); ok; p, ok = s.Next() {
		switch {
		case p.End:
			s.out = append(s.out, "end")
		case p.Missing > 0:
			s.out = append(s.out, fmt.Sprintf("gap %d", p.Missing))
		default:
			s.out = append(s.out, string(p.Data))
		}
	}
	return s
}

func (s *script) syn(seq uint32) *script {
	return s.tell(func(at int64) { s.Add(at, &tcpflow.Segment{Seq: seq, SYN: true}) })
}

func (s *script) data(seq uint32, data string) *script {
	return s.tell(func(at int64) {
		s.Add(at, &tcpflow.Segment{Seq: seq, Payload: []byte(data), Length: len(data)})
	})
}

// cut adds data of which the capture lacks the end.
func (s *script) cut(seq uint32, data string, length int) *script {
	return s.tell(func(at int64) {
		s.Add(at, &tcpflow.Segment{Seq: seq, Payload: []byte(data), Length: length})
	})
}

func (s *script) fin(seq uint32) *script {
	return s.tell(func(at int64) { s.Add(at, &tcpflow.Segment{Seq: seq, FIN: true}) })
}

func (s *script) ack(seq uint32) *script { return s.tell(func(at int64) { s.Ack(at, seq) }) }

// open adds a SYN that carries data, as TCP Fast Open lets it (RFC 7413).
func (s *script) open(seq uint32, data string) *script {
	return s.tell(func(at int64) {
		s.Add(at, &tcpflow.Segment{Seq: seq, SYN: true, Payload: []byte(data), Length: len(data)})
	})
}

// wait lets time pass.
func (s *script) wait(d time.Duration) *script {
	s.at += int64(d)
	return s.tell(func(at int64) { s.Expire(at) })
}

func (s *script) flush() *script { return s.tell(func(int64) { s.Flush() }) }

func (s *script) startAt(seq uint32) *script { return s.tell(func(int64) { s.StartAt(seq) }) }

// TestStream has one case of each thing that may happen to a stream.
func TestStream(t *testing.T) {
	limits := func() *tcpflow.Limits {
		return &tcpflow.Limits{Bytes: 1 << 20, Runs: 16, Budget: tcpflow.NewBudget(1 << 20), Packets: 3, Wait: time.Second}
	}
	small := &tcpflow.Limits{Bytes: 200, Runs: 16, Budget: tcpflow.NewBudget(1 << 20), Packets: 3, Wait: time.Second}
	few := &tcpflow.Limits{Bytes: 1 << 20, Runs: 2, Budget: tcpflow.NewBudget(1 << 20), Packets: 3, Wait: time.Second}
	poor := &tcpflow.Limits{Bytes: 1 << 20, Runs: 16, Budget: tcpflow.NewBudget(-1), Packets: 3, Wait: time.Second}
	for _, tt := range []struct {
		name string
		s    *script
		want string
	}{
		{"in order", newScript(limits()).syn(9).data(10, "ab").data(12, "cd").fin(14), "ab cd end"},
		{"late", newScript(limits()).syn(9).data(12, "cd").data(10, "ab").fin(14), "ab cd end"},
		{"twice", newScript(limits()).syn(9).data(10, "ab").data(10, "ab").data(12, "cd"), "ab cd"},
		{"overlap: the first counts", newScript(limits()).syn(9).data(11, "BC").data(10, "xyzw").data(13, "!"), "x BCw"},
		{"keep-alive", newScript(limits()).syn(9).data(10, "ab").data(11, "\x00").data(12, "cd"), "ab cd"},
		{"SYN late", newScript(limits()).data(10, "ab").syn(9).data(12, "cd"), "ab cd"},
		{"SYN twice", newScript(limits()).syn(9).syn(9).data(10, "ab"), "ab"},
		{"wrap", newScript(limits()).syn(0xffff_fffd).data(0, "cd").data(0xffff_fffe, "ab").data(2, "ef"), "ab cd ef"},
		{"FIN late", newScript(limits()).syn(9).fin(12).data(10, "ab"), "ab end"},
		{"FIN with data missing", newScript(limits()).syn(9).fin(12).flush(), "gap 2 end"},
		{"nothing after the end", newScript(limits()).syn(9).fin(10).data(10, "ab").flush(), "end"},

		{"hole that nobody acknowledged", newScript(limits()).syn(9).ack(10).data(12, "cd").data(14, "ef").data(16, "gh").data(18, "ij").wait(time.Hour), ""},
		{"hole, filled after long", newScript(limits()).syn(9).ack(10).data(12, "cd").wait(time.Hour).data(10, "ab"), "ab cd"},
		{"hole, in a capture of one direction", newScript(limits()).syn(9).data(12, "cd").data(14, "ef").data(16, "gh").wait(2 * time.Second).wait(2 * time.Second), "gap 2 cdefgh"},
		{"hole, acknowledged", newScript(limits()).syn(9).data(12, "cd").ack(14).data(14, "e").data(15, "f").data(16, "g").data(17, "h").data(18, "i").data(19, "j").data(20, "k"), "gap 2 cdefghi j k"},
		{"hole, acknowledged, by time", newScript(limits()).syn(9).data(12, "cd").ack(14).wait(2 * time.Second).wait(2 * time.Second), "gap 2 cd"},
		{"acknowledged before it was captured", newScript(limits()).syn(9).ack(14).data(12, "cd").data(10, "ab"), "ab cd"},
		{"hole, acknowledged in part", newScript(limits()).syn(9).data(12, "cd").ack(11).wait(2 * time.Second).wait(2 * time.Second), ""},
		{"hole before the end", newScript(limits()).syn(9).fin(12).ack(13).wait(2 * time.Second).wait(2 * time.Second), "gap 2 end"},
		{"hole, and the capture ends", newScript(limits()).syn(9).data(12, "cd").data(16, "gh").flush(), "gap 2 cd gap 2 gh"},

		{"cut", newScript(limits()).syn(9).cut(10, "ab", 4).data(14, "ef"), "ab gap 2 ef"},
		{"cut, the rest is known", newScript(limits()).syn(9).data(12, "cd").cut(10, "a", 2), "a gap 1 cd"},
		{"cut, before a hole", newScript(limits()).syn(9).cut(12, "c", 2).data(14, "ef").data(10, "ab"), "ab c gap 1 ef"},

		{"too much held", newScript(small).syn(9).data(12, strings.Repeat("x", 300)), "gap 2 " + strings.Repeat("x", 300)},
		{"too many holes", newScript(few).syn(9).data(12, "a").data(14, "b").data(16, "c"), "gap 2 a"},
		{"too much held in all", newScript(poor).syn(9).data(12, "a"), "gap 2 a"},

		{"mid-stream", newScript(limits()).data(12, "cd").data(10, "ab").flush(), "ab cd"},
		{"mid-stream, too much held", newScript(small).data(12, strings.Repeat("x", 300)), strings.Repeat("x", 300)},
		{"mid-stream, only FIN", newScript(limits()).fin(12).flush(), "end"},
		{"start known from the answer", newScript(limits()).data(12, "cd").startAt(10).data(10, "ab"), "ab cd"},
		{
			"leftovers of another connection",
			newScript(limits()).data(0x9000_0000, "old").fin(0x9000_0003).startAt(10).data(10, "ab").fin(12), "ab end",
		},
		{
			"leftovers that reach into the stream",
			newScript(limits()).data(8, "wxyz").open(9, "ABC"), "yzC",
		},
		{"far ahead", newScript(limits()).syn(9).data(0x6000_0000, "far").data(10, "ab").flush(), "ab"},
		{"far ahead, as acknowledged", newScript(limits()).syn(9).ack(0x6000_0000).data(0x6000_0000, "far").flush(), "gap 1610612726 far"},
		{"a nearer FIN", newScript(limits()).syn(9).fin(500).data(10, "ab").fin(12), "ab end"},
	} {
		if got := strings.Join(tt.s.out, " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		tt.s.Close()
		if used := tt.s.limits.Budget.Used(); used != 0 {
			t.Errorf("%s: %d bytes are still held", tt.name, used)
		}
	}
}

// TestAllocations: segments that come in order, or soon are, need no new memory for
// their bytes. Each run that is held needs one slice header.
func TestAllocations(t *testing.T) {
	var st tcpflow.Stream
	st.Init(tcpflow.DefaultLimits())
	st.Add(0, &tcpflow.Segment{SYN: true})
	payload := make([]byte, 1460)
	seq := uint32(1)
	run := func() {
		for _, i := range []uint32{0, 2, 1, 3} {
			st.Add(0, &tcpflow.Segment{Seq: seq + i*1460, Payload: payload, Length: 1460})
			for _, ok := st.Next(); ok; _, ok = st.Next() {
			}
		}
		seq += 4 * 1460
	}
	run()
	if n := testing.AllocsPerRun(100, run); n > 2 {
		t.Errorf("%v allocations for four segments, one of them late", n)
	}
}
