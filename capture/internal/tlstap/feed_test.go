package tlstap

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// TestFedAlike: a piece that ends amid a record is taken as any other is. After each step an
// observer has found and holds the same as one that makes no difference, of recorded
// connections whose keys come late, with bytes that are missing, others that only look like a
// record behind them, and a backlog that overflows.
func TestFedAlike(t *testing.T) {
	names, err := filepath.Glob("testdata/*.tape")
	if err != nil || len(names) == 0 {
		t.Fatal("no tapes", err)
	}
	for _, name := range names {
		name = strings.TrimSuffix(filepath.Base(name), ".tape")
		tp := readTape(t, name)
		for seed := range uint64(25) {
			if fedAlike(t, tp, rand.New(rand.NewPCG(seed, 1))); t.Failed() {
				t.Fatalf("%s, seed %d", name, seed)
			}
		}
	}
}

func fedAlike(t *testing.T, tp tlstest.Tape, r *rand.Rand) {
	t.Helper()
	store := newScriptedStore(tp.Keys)
	var heard [2]listener
	var observers [2]*Observer
	backlog := []int{300, 2000, DefaultBacklog}[r.IntN(3)]
	for i := range observers {
		observers[i] = NewObserver(store.lookup, heard[i].hear)
		observers[i].Backlog, observers[i].Newest = backlog, store.newest
	}
	o, slow := observers[0], observers[1]
	pieces := piecesOf(tp, r)
	known, lossy := r.IntN(len(pieces)), r.IntN(2) == 0
	for i, p := range pieces {
		if i >= known && !store.open {
			store.open = true
			o.Retry()
			slow.Retry()
		}
		if lossy && r.IntN(40) == 0 {
			o.Gap(p.Dir, int64(len(p.Data)))
			slow.Gap(p.Dir, int64(len(p.Data)))
			p.Data = plainRecord(tlsrec.ApplicationData, make([]byte, 4000))[:tlsrec.HeaderLen] // seems to begin a record
		}
		o.Feed(p.Dir, bytes.Clone(p.Data))
		s := &slow.sides[p.Dir]
		slow.turnTo(s)
		s.fed += int64(len(p.Data))
		slow.feed(s, bytes.Clone(p.Data))
		slow.settleAll()
		sameSoFar(t, o, slow, &heard)
	}
	for dir := range o.sides {
		o.End(protocol.Direction(dir))
		slow.End(protocol.Direction(dir))
		slow.settleAll()
		sameSoFar(t, o, slow, &heard)
	}
	heard[0].same(t, &heard[1])
}

// piecesOf returns a tape in pieces of random lengths. Those of the two directions may pass one
// another.
func piecesOf(tp tlstest.Tape, r *rand.Rand) (pieces []tlstest.Chunk) {
	longest := 1 << r.IntN(10)
	for _, c := range tp.Chunks {
		for b := c.Data; len(b) > 0; {
			n := min(len(b), 1+r.IntN(longest))
			pieces = append(pieces, tlstest.Chunk{Dir: c.Dir, Data: b[:n]})
			b = b[n:]
		}
	}
	for i := range pieces[1:] {
		if a, b := &pieces[i], &pieces[i+1]; a.Dir != b.Dir && r.IntN(2) == 0 {
			*a, *b = *b, *a
		}
	}
	return pieces
}

// sameSoFar compares what two observers have found, and what they hold.
func sameSoFar(t *testing.T, o, slow *Observer, heard *[2]listener) {
	t.Helper()
	if a, b := len(heard[0].lines), len(heard[1].lines); a != b || (o.scratch == nil) != (slow.scratch == nil) {
		t.Errorf("%d findings, and %d", a, b)
	}
	for dir := range o.sides {
		a, b := &o.sides[dir], &slow.sides[dir]
		if !bytes.Equal(a.buf, b.buf) || a.offset != b.offset || a.unread != b.unread || a.fed != b.fed || a.wait != b.wait ||
			a.state != b.state || a.begun != b.begun || (a.buf == nil) != (b.buf == nil) && !a.open() || !slices.Equal(a.turns, b.turns) || !slices.Equal(a.gaps, b.gaps) || (a.search == nil) != (b.search == nil) {
			t.Errorf("direction %d: %d bytes at %d with %d turns, and %d bytes at %d with %d turns",
				dir, len(a.buf), a.offset, len(a.turns), len(b.buf), b.offset, len(b.turns))
		}
	}
}
