package replay_test

import (
	"testing"

	"anytls-inspect/capture/internal/pcaptest"
)

// TestFromTheMiddle: wherever a capture begins, nobody is accused of what was before, and
// frames are those of the truth, in their order.
func TestFromTheMiddle(t *testing.T) {
	for _, s := range shared(t) {
		truth := tell(t, s.Capture, s.keys)
		for first := 1; first < min(len(s.Packets), 60); first++ {
			told := tell(t, pcaptest.Capture{Link: s.Link, Packets: s.Packets[first:]}, s.keys)
			for _, fault := range told.accuses(truth) {
				t.Errorf("%s from packet %d: %s", s.name, first, fault)
			}
		}
	}
}
