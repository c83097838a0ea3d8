package replay

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestLaneNotesAlike: what a lane knows of packets does not depend on whether they were noted as
// those are that nearly all are like.
func TestLaneNotesAlike(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 1))
		maybe := func(one int) bool { return r.IntN(one) == 0 }
		var fast, slow lane
		seq, ack, at := r.Uint32(), r.Uint32(), int64(1000)
		for range 40 {
			p := packet{isACK: !maybe(9), isRST: maybe(15), ack: ack, at: at}
			p.segment.Seq, p.segment.Length = seq, r.IntN(3)*700
			p.segment.SYN, p.segment.FIN = maybe(15), maybe(15)
			switch r.IntN(24) {
			case 0, 1, 2:
				p.segment.Seq += uint32(r.IntN(5000)) - 2500
			case 3, 4, 5:
				p.ack -= uint32(r.IntN(3000))
			case 6, 7, 8:
				p.at -= r.Int64N(50)
			}
			fast.note(&p)
			slow.noteAny(&p)
			if !reflect.DeepEqual(fast, slow) {
				t.Fatalf("seed %d, %+v:\n%+v, and\n%+v", seed, p, fast, slow)
			}
			seq, ack, at = p.ends(), ack+uint32(r.IntN(2000)), at+r.Int64N(20)
		}
	}
}

// TestFlowsAreFound: flows that come and go are found as the table has them, by the paths of both
// directions, those from an endpoint to itself too.
func TestFlowsAreFound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	table := newFlowTable()
	for range 200_000 {
		p := path{endpoint{low: r.Uint64N(6)}, endpoint{low: r.Uint64N(6)}}
		p.from.port, p.to.port = uint16(r.IntN(6)), uint16(r.IntN(6))
		key, want := p.key()
		f, sender := table.find(&p)
		if f != table.flows[key] || sender != want {
			t.Fatalf("from %v to %v: %+v of end %d, want %+v of end %d", p.from, p.to, f, sender, table.flows[key], want)
		}
		switch {
		case f == nil:
			table.add(&flow{key: key})
		case r.IntN(3) == 0:
			table.remove(f)
		}
	}
}
