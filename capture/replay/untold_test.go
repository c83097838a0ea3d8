package replay

import (
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// TestUntoldApplications: a recording under rules may tell of many frames before it has the end
// of the handshake that they came with. What this leg tells of them is kept, and what the other
// leg tells takes no room.
func TestUntoldApplications(t *testing.T) {
	c := &connection{w: &worker{}, leg: capture.ClientLeg, joint: &joint{}}
	for range 10 * maxRuledUntold {
		c.tell(1, capture.Event{Kind: capture.Applied, Dir: protocol.ClientToServer})
	}
	kept := 0
	for range 10 * maxRuledUntold {
		if c.tell(2, capture.Event{Kind: capture.Applied, Dir: protocol.ServerToClient}) {
			kept++
		}
	}
	if kept != maxRuledUntold || len(c.untold) != kept || c.untold[0].Dir != protocol.ServerToClient {
		t.Errorf("%d of what this leg tells are kept, in all %d, want %d", kept, len(c.untold), maxRuledUntold)
	}
	alone := &connection{w: &worker{}, leg: capture.ClientLeg}
	if !alone.tell(1, capture.Event{Kind: capture.Applied, Dir: protocol.ClientToServer}) || len(alone.untold) != 1 {
		t.Error("where there is one leg, it tells all")
	}
}
