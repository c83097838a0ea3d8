package tlstap

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/protocol"
)

// A hardship is what befalls a connection that is observed.
type hardship struct {
	keys  string // what the key log has
	learn int    // the chunk before which it comes
	cuts  protocol.ByDirection[[]cut]
	first protocol.Direction // the one that ends first
}

func newHardship(tp tlstest.Tape, rng *rand.Rand) (h hardship) {
	for line := range strings.Lines(tp.Keys) {
		if rng.IntN(4) > 0 {
			h.keys += line
		}
	}
	if rng.IntN(2) > 0 {
		h.learn = rng.IntN(len(tp.Chunks) + 1)
	}
	for dir := range h.cuts {
		size := int64(len(tp.Stream(protocol.Direction(dir))))
		for at := int64(0); rng.IntN(2) > 0; {
			c := cut{from: at + rng.Int64N(size)}
			if c.to = c.from + 1 + rng.Int64N(1<<rng.IntN(12)); c.to > size {
				break
			}
			h.cuts[dir], at = append(h.cuts[dir], c), c.to
		}
	}
	h.first = protocol.Direction(rng.IntN(2))
	return h
}

// observe plays a tape that was befallen so, in pieces. resigned says that the observer is told at once
// that no other secrets will come than those that it learns.
func (h hardship) observe(t *testing.T, tp tlstest.Tape, piece int, resigned bool) *listener {
	store := newScriptedStore(h.keys)
	var l listener
	o := NewObserver(store.lookup, l.hear)
	o.Newest = store.newest
	feedWithout(o, tp, h.cuts, piece, func(i int) {
		if i == h.learn {
			store.open = true
			o.Retry()
			if resigned {
				o.GiveUp()
			}
		}
	})
	o.End(h.first)
	o.End(1 - h.first)
	store.open = true
	o.Retry()
	o.GiveUp()
	if o.Waiting() {
		t.Errorf("it waits behind the end: %q", l.lines)
	}
	return &l
}

// TestAnyKeysAnyLosses: whatever of a key log is there, and when, and whatever bytes are lost, no
// more is found than was sent, nothing is missing of which nothing is said, nothing waits behind the end,
// and it makes no difference in which pieces the rest is fed, nor when it is known that no more keys come.
func TestAnyKeysAnyLosses(t *testing.T) {
	names, err := filepath.Glob("testdata/*.tape")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		name = strings.TrimSuffix(filepath.Base(name), ".tape")
		t.Run(name, func(t *testing.T) {
			tp := readTape(t, name)
			sent := play(t, tp, tp.Store(t).Lookup, whole)
			all := sent.data
			if name == "openssl-early-rejected" { // where the answer is lost, it is found
				all[toServer] = slices.Concat([]byte("data before the handshake\n"), all[toServer])
			}
			for seed := range uint64(60) {
				rng := rand.New(rand.NewPCG(seed, 1))
				h := newHardship(tp, rng)
				wholly, inPieces := h.observe(t, tp, 1<<16, false), h.observe(t, tp, 1+rng.IntN(1<<rng.IntN(11)), false)
				resigned := h.observe(t, tp, 1<<16, true)
				for dir, got := range wholly.data {
					dir := protocol.Direction(dir)
					wholly.of(dir).same(t, inPieces.of(dir))
					wholly.of(dir).same(t, resigned.of(dir))
					if !isSubsequence(got, all[dir]) {
						t.Errorf("%v: found %q of %q", dir, got, all[dir])
					}
					if !bytes.HasSuffix(got, sent.data[dir]) && !wholly.confesses(dir) {
						t.Errorf("%v: found %q of %q, and it is not said", dir, got, sent.data[dir])
					}
				}
				if t.Failed() {
					t.Fatal(fmt.Sprintf("seed %d, %v, heard %q", seed, h.cuts, wholly.lines), h)
				}
			}
		})
	}
}

// confesses tells whether it was said that something of a direction is missing.
func (l *listener) confesses(dir protocol.Direction) bool {
	return slices.ContainsFunc(l.findings, func(f Finding) bool {
		return f.Dir == dir && (f.Kind == Lost || f.Kind == Stopped)
	})
}
