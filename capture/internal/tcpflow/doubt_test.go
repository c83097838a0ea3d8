package tcpflow_test

import (
	"bytes"
	"crypto/subtle"
	"math/rand/v2"
	"testing"

	"anytls-inspect/capture/internal/tcpflow"
)

// damaged returns a copy of a segment as one with a bad checksum: other bytes.
func damaged(r *rand.Rand, seg tcpflow.Segment) tcpflow.Segment {
	seg.Doubtful = true
	damage := bytes.Repeat([]byte{byte(1 + r.IntN(255))}, len(seg.Payload))
	subtle.XORBytes(damage, damage, seg.Payload)
	seg.Payload = damage
	return seg
}

// TestDoubtful runs random captures through a stream in which copies of segments are damaged, and
// others have a bad checksum and right bytes. The receiver acknowledges what it has got: what
// comes out is what was sent.
func TestDoubtful(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 4))
		s := send(r, ways{syn: true, fin: true, ordered: true})
		limits := tcpflow.DefaultLimits()
		var (
			st tcpflow.Stream
			g  got
		)
		st.Init(limits)
		received := make([]byte, len(s.sent))
		acked := 0
		for i, seg := range s.segments {
			seg.Payload = bytes.Clone(seg.Payload)
			from := int(int32(seg.Seq - s.isn - 1))
			switch how := r.IntN(5); {
			case seg.SYN:
			case how < 2: // the receiver drops a copy
				bad := damaged(r, seg)
				st.Add(int64(i), &bad)
				g.drain(&st)
			case how < 3: // the sender's own capture, before its card sets the checksum
				seg.Doubtful = true
			}
			st.Add(int64(i), &seg)
			g.drain(&st)
			if n := len(seg.Payload); n > 0 {
				copy(received[from:], bytes.Repeat([]byte{yes}, n))
			}
			if acked = bytes.IndexByte(received, not); acked < 0 {
				acked = len(received)
			}
			if seq, ok := st.Expected(); !ok || int(int32(seq-s.isn-1)) < acked {
				t.Fatalf("seed %d: %d bytes have come, and %d are expected", seed, acked, int32(seq-s.isn-1))
			}
			if r.IntN(3) == 0 {
				st.Ack(int64(i), s.isn+1+uint32(acked))
				g.drain(&st)
				if st.Handed() < int64(acked) {
					t.Fatalf("seed %d: %d of %d bytes that are acknowledged came out", seed, st.Handed(), acked)
				}
			}
		}
		st.Flush()
		g.drain(&st)
		s.check(t, g, true)
		if len(g.data) != len(s.sent) || !g.ended {
			t.Fatalf("seed %d: %d of %d bytes, ended %v", seed, len(g.data), len(s.sent), g.ended)
		}
		if used := limits.Budget.Used(); used != 0 {
			t.Fatalf("seed %d: %d bytes are still held", seed, used)
		}
	}
}

// TestDoubtfulAlone: bytes with a bad checksum that nobody acknowledges come out at the end, and
// a damaged FIN or sequence number ends nothing before it is acknowledged.
func TestDoubtfulAlone(t *testing.T) {
	var (
		st tcpflow.Stream
		g  got
	)
	st.Init(tcpflow.DefaultLimits())
	add := func(seg tcpflow.Segment) {
		seg.Length = len(seg.Payload)
		st.Add(0, &seg)
		g.drain(&st)
	}
	add(tcpflow.Segment{Seq: 99, SYN: true})
	add(tcpflow.Segment{Seq: 100, Payload: []byte("ab")})
	add(tcpflow.Segment{Seq: 102, Payload: []byte("cd"), Doubtful: true, FIN: true})
	add(tcpflow.Segment{Seq: 5000, Payload: []byte("??"), Doubtful: true})
	if string(g.data) != "ab" || !st.Holding() {
		t.Fatalf("%q came out", g.data)
	}
	st.Ack(0, 103)
	if g.drain(&st); string(g.data) != "abc" || g.ended {
		t.Fatalf("%q came out, ended %v", g.data, g.ended)
	}
	st.Flush()
	if g.drain(&st); string(g.data) != "abcd" || !g.ended {
		t.Errorf("%q came out, ended %v", g.data, g.ended)
	}
}

// TestTail: bytes that the receiver has acknowledged and that are never seen are missing, also
// with nothing behind them. A single one may be a FIN.
func TestTail(t *testing.T) {
	for _, tt := range []struct {
		ack     uint32
		missing int64
	}{{102, 0}, {103, 0}, {104, 2}, {150, 48}} {
		limits := tcpflow.DefaultLimits()
		limits.Packets = 3
		var st tcpflow.Stream
		st.Init(limits)
		st.Add(0, &tcpflow.Segment{Seq: 99, SYN: true})
		st.Add(0, &tcpflow.Segment{Seq: 100, Payload: []byte("ab"), Length: 2})
		var g got
		g.drain(&st)
		st.Ack(0, tt.ack)
		if p, ok := st.Next(); ok {
			t.Fatalf("acknowledged up to %d: %+v at once", tt.ack, p)
		}
		for range 2 * (limits.Packets + 1) {
			st.Ack(0, tt.ack)
		}
		if p, ok := st.Next(); ok != (tt.missing > 0) || p.Missing != tt.missing {
			t.Errorf("acknowledged up to %d: %+v", tt.ack, p)
		}
		// The FIN may still come.
		st.Add(0, &tcpflow.Segment{Seq: tt.ack - 1, FIN: true})
		st.Flush()
		if g.drain(&st); !g.ended {
			t.Errorf("acknowledged up to %d: the stream does not end", tt.ack)
		}
	}
}

// TestLose: what is given up is missing at once, and what is held behind it comes out.
func TestLose(t *testing.T) {
	var st tcpflow.Stream
	st.Init(tcpflow.DefaultLimits())
	st.Add(0, &tcpflow.Segment{Seq: 99, SYN: true})
	st.Add(0, &tcpflow.Segment{Seq: 110, Payload: []byte("xy"), Length: 2})
	if seq, ok := st.Expected(); !ok || seq != 100 {
		t.Fatalf("%d is expected, %v", seq, ok)
	}
	st.Lose(110)
	if p, ok := st.Next(); !ok || p.Missing != 10 {
		t.Fatalf("%+v", p)
	}
	if p, ok := st.Next(); !ok || string(p.Data) != "xy" {
		t.Fatalf("%+v", p)
	}
	if seq, _ := st.Expected(); seq != 112 {
		t.Errorf("%d is expected", seq)
	}
}

// TestExpectedFollows: what a stream expects, which it keeps while it stays as it is, follows what
// comes and what is handed out.
func TestExpectedFollows(t *testing.T) {
	const many = 1000
	var st tcpflow.Stream
	st.Init(tcpflow.DefaultLimits())
	st.StartAt(0)
	for i := range uint32(many) {
		st.Add(0, &tcpflow.Segment{Seq: many - 1 - i, Payload: []byte{1}, Length: 1, Doubtful: true})
		want := uint32(0)
		if i == many-1 {
			want = many
		}
		for range 2 {
			if seq, ok := st.Expected(); !ok || seq != want {
				t.Fatalf("%d is expected behind %d bytes, want %d", seq, i+1, want)
			}
		}
		if _, ok := st.Next(); ok {
			t.Fatal("bytes in doubt come out, though nobody has acknowledged them")
		}
	}
	st.Ack(0, many/2)
	for p, ok := st.Next(); ok; p, ok = st.Next() {
		if len(p.Data) != 1 {
			t.Fatalf("a part of %d bytes", len(p.Data))
		}
	}
	if seq, _ := st.Expected(); seq != many || st.Handed() != many/2 {
		t.Errorf("%d is expected behind %d bytes", seq, st.Handed())
	}
}
