package leg

import "testing"

// TestBuffersLendTheWarmest: what came back last is lent first, and what is lent is
// counted.
func TestBuffersLendTheWarmest(t *testing.T) {
	var b Buffers
	var lent []*[]byte
	for range maxWarm + 3 {
		lent = append(lent, b.take(forBatch))
	}
	if want := int64(len(lent) * sizes[forBatch]); b.InUse() != want {
		t.Errorf("%d bytes are in use, want %d", b.InUse(), want)
	}
	for _, p := range lent {
		b.give(forBatch, p)
	}
	if n := b.InUse(); n != 0 {
		t.Errorf("%d bytes are in use", n)
	}
	if p := b.take(forReads); len(*p) != sizes[forReads] {
		t.Errorf("a buffer of %d bytes for reads", len(*p))
	}
	for i := maxWarm - 1; i >= 0; i-- {
		if p := b.take(forBatch); p != lent[i] {
			t.Errorf("buffer %d is not lent as the next one", i)
		}
	}
}
