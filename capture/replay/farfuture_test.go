package replay_test

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"
)

// TestFarFuture has captures whose clock is a hundred years ahead, and each of whose packets
// is missing once: they come to an end.
func TestFarFuture(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 1, 100))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	for i := range packets {
		packets[i].at = packets[i].at.Add(110 * 365 * 24 * time.Hour)
	}
	for i := range packets {
		p := file(t, ngBlocks(binary.LittleEndian, slices.Delete(slices.Clone(packets), i, i+1), 9, 0), tp.keys)
		if got := len(p.closings()); got != 1 {
			t.Errorf("without packet %d: %d sessions", i, got)
		}
	}
}
