package tcpflow_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"anytls-inspect/capture/internal/tcpflow"
)

// A sending is a random way in which a stream of bytes is captured.
type sending struct {
	sent     []byte
	isn      uint32
	segments []tcpflow.Segment // in the order of the capture
	acks     []uint32          // what the receiver acknowledged before each segment
}

// ways say what may happen to a sending.
type ways struct {
	lose bool // segments that the capture lacks
	cut  bool // a short snap length
	syn  bool // the SYN is captured
	fin  bool
	// ordered keeps the SYN in its place.
	ordered bool
}

// send makes a sending up.
func send(r *rand.Rand, w ways) sending {
	s := sending{sent: make([]byte, 1+r.IntN(20_000)), isn: r.Uint32()}
	if r.IntN(2) == 0 {
		s.isn = -uint32(r.IntN(len(s.sent) + 1)) // the sequence wraps inside
	}
	fill(r, s.sent)
	if w.syn {
		s.segments = append(s.segments, tcpflow.Segment{Seq: s.isn, SYN: true})
	}
	most := 1 + r.IntN(3000)
	for at := 0; at < len(s.sent); {
		n := min(1+r.IntN(most), len(s.sent)-at)
		switch r.IntN(10) {
		case 0:
			if w.lose {
				at += n
				continue
			}
		case 1: // sent again, cut otherwise
			from := max(at-r.IntN(2*most), 0)
			s.add(r, w, from, min(from+1+r.IntN(2*most), at))
		case 2: // a keep-alive
			if at > 0 {
				s.add(r, w, at-1, at-1+r.IntN(2))
			}
		}
		s.add(r, w, at, at+n)
		if r.IntN(10) == 0 {
			s.add(r, w, at, at+n)
		}
		at += n
	}
	if w.fin {
		s.segments = append(s.segments, tcpflow.Segment{Seq: s.isn + 1 + uint32(len(s.sent)), FIN: true})
	}
	s.shuffle(r, w)
	return s
}

// fill makes bytes up, eight at a time: the race detector looks at each step of a loop.
func fill(r *rand.Rand, b []byte) {
	for len(b) > 0 {
		var eight [8]byte
		binary.LittleEndian.PutUint64(eight[:], r.Uint64())
		b = b[copy(b, eight[:]):]
	}
}

func (s *sending) add(r *rand.Rand, w ways, from, to int) {
	seg := tcpflow.Segment{Seq: s.isn + 1 + uint32(from), Payload: s.sent[from:to], Length: to - from}
	if w.cut && r.IntN(3) == 0 {
		seg.Payload = seg.Payload[:r.IntN(len(seg.Payload)+1)]
	}
	s.segments = append(s.segments, seg)
}

// shuffle moves segments by some places, and makes up what the receiver
// acknowledges: at most what it can have got.
func (s *sending) shuffle(r *rand.Rand, w ways) {
	far := 1 + r.IntN(20)
	place := make([]int, len(s.segments))
	for i := range place {
		place[i] = i + r.IntN(far)
	}
	if w.ordered {
		place[0] = -1
	}
	sort.Stable(&byPlace{place, s.segments})
	furthest := s.isn + 1
	for _, seg := range s.segments {
		s.acks = append(s.acks, furthest)
		if end := seg.Seq + uint32(seg.Length); int32(end-furthest) > 0 {
			furthest = end
		}
	}
}

type byPlace struct {
	place    []int
	segments []tcpflow.Segment
}

func (b *byPlace) Len() int           { return len(b.place) }
func (b *byPlace) Less(i, j int) bool { return b.place[i] < b.place[j] }
func (b *byPlace) Swap(i, j int) {
	b.place[i], b.place[j] = b.place[j], b.place[i]
	b.segments[i], b.segments[j] = b.segments[j], b.segments[i]
}

// What is known of each byte. The bytes of a run are compared at once, not one by one.
const (
	not = 0
	yes = 1
)

// covered returns which bytes some captured segment has, or one that is not doubtful.
func (s *sending) covered(doubtful bool) []byte {
	covered := make([]byte, len(s.sent))
	for _, seg := range s.segments {
		if seg.Doubtful && !doubtful {
			continue
		}
		from := int(int32(seg.Seq - s.isn - 1))
		to := min(from+len(seg.Payload), len(covered))
		if from = max(from, 0); from < to {
			copy(covered[from:to], bytes.Repeat([]byte{yes}, to-from))
		}
	}
	return covered
}

// got is what came out of a stream.
type got struct {
	data    []byte
	missing []byte // whether each is
	ended   bool
}

func (g *got) drain(s *tcpflow.Stream) {
	for p, ok := s.Next(); ok; p, ok = s.Next() {
		g.data = append(g.data, p.Data...)
		g.missing = append(g.missing, make([]byte, len(p.Data))...)
		g.data = append(g.data, make([]byte, p.Missing)...)
		g.missing = append(g.missing, bytes.Repeat([]byte{yes}, int(p.Missing))...)
		clear(p.Data) // it is ours
		g.ended = g.ended || p.End
	}
}

// play gives a sending to a stream, in copies: the stream's parts are cleared.
func (s *sending) play(limits *tcpflow.Limits, acks bool) (g got) {
	var st tcpflow.Stream
	st.Init(limits)
	for i, seg := range s.segments {
		seg.Payload = bytes.Clone(seg.Payload)
		if acks {
			st.Ack(int64(i), s.acks[i])
			g.drain(&st)
		}
		st.Add(int64(i), &seg)
		g.drain(&st)
	}
	st.Flush()
	g.drain(&st)
	return g
}

// check compares what came out with what was sent.
func (s *sending) check(t *testing.T, g got, exact bool) {
	t.Helper()
	if len(g.data) > len(s.sent) {
		t.Fatalf("%d bytes out of %d sent", len(g.data), len(s.sent))
	}
	covered := s.covered(true)
	for at := 0; at < len(g.data); {
		is := g.missing[at]
		end := len(g.data)
		if n := bytes.IndexByte(g.missing[at:], yes-is); n >= 0 {
			end = at + n
		}
		switch {
		case is == not && !bytes.Equal(g.data[at:end], s.sent[at:end]):
			t.Fatalf("bytes %d to %d are %x, sent were %x", at, end, g.data[at:end], s.sent[at:end])
		case is == not && bytes.IndexByte(covered[at:end], not) >= 0:
			t.Fatalf("of bytes %d to %d some were made up", at, end)
		case is == yes && exact && bytes.IndexByte(covered[at:end], yes) >= 0:
			t.Fatalf("of bytes %d to %d some are missing, though they were captured", at, end)
		}
		at = end
	}
	// Doubtful bytes behind a hole count where the receiver has acknowledged them only.
	if n := bytes.IndexByte(s.covered(false)[len(g.data):], yes); n >= 0 {
		t.Fatalf("byte %d of %d did not come out, though it was captured", len(g.data)+n, len(s.sent))
	}
}

// TestAgainstSent runs random captures through a stream, and compares what comes
// out with what was sent.
func TestAgainstSent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ways  ways
		acks  bool
		exact bool // no captured byte may be given up
	}{
		{"whole", ways{syn: true, fin: true}, false, true},
		{"whole, acknowledged early", ways{syn: true, fin: true}, true, true},
		{"lossy", ways{syn: true, fin: true, lose: true}, false, true},
		{"lossy, acknowledged", ways{syn: true, fin: true, lose: true}, true, true},
		// Bytes that a cut packet lacks are given up at once, though another packet
		// may still bring them.
		{"cut", ways{syn: true, fin: true, lose: true, cut: true}, true, false},
		{"never ends", ways{syn: true, lose: true}, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range uint64(600) {
				s := send(rand.New(rand.NewPCG(seed, 1)), tt.ways)
				limits := tcpflow.DefaultLimits()
				g := s.play(limits, tt.acks)
				s.check(t, g, tt.exact)
				if tt.ways.fin && (!g.ended || len(g.data) != len(s.sent)) {
					t.Fatalf("seed %d: ended %v after %d of %d bytes", seed, g.ended, len(g.data), len(s.sent))
				}
				if used := limits.Budget.Used(); used != 0 {
					t.Fatalf("seed %d: %d bytes are still held", seed, used)
				}
			}
		})
	}
}

// TestMidStream runs random captures that lack the SYN through a stream, which
// starts when all was added.
func TestMidStream(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := send(r, ways{fin: true})
		g := s.play(tcpflow.DefaultLimits(), false)
		s.check(t, g, true)
		if !g.ended || len(g.data) != len(s.sent) {
			t.Fatalf("seed %d: ended %v after %d of %d bytes", seed, g.ended, len(g.data), len(s.sent))
		}
	}
}

// TestLimits runs random captures through streams with small limits: no byte is
// made up.
func TestLimits(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 3))
		s := send(r, ways{syn: true, fin: true, lose: true, ordered: true})
		limits := &tcpflow.Limits{
			Bytes: 1 + r.IntN(4000), Runs: 1 + r.IntN(5), Budget: tcpflow.NewBudget(int64(r.IntN(5000))),
			Packets: r.IntN(4), Wait: time.Duration(r.IntN(10)),
		}
		g := s.play(limits, true)
		s.check(t, g, false)
		if used := limits.Budget.Used(); used != 0 {
			t.Fatalf("seed %d: %d bytes are still held", seed, used)
		}
	}
}
