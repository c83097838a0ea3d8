package replay_test

import (
	"slices"
	"testing"
)

// TestPortReuseWithoutSYN: where the capture lacks the SYN of a new connection between the same
// ports, the answer to it says that it is another one.
func TestPortReuseWithoutSYN(t *testing.T) {
	first, second := tapeOf(t, nil, smallTalk(t, 2, 3000)), tapeOf(t, nil, smallTalk(t, 3, 1000))
	for _, ends := range []bool{true, false} {
		c := connect(1460, 1000)
		c.play(first)
		if ends {
			c.fin()
		}
		again := connect(1460, 3_000_000_000)
		again.play(second)
		again.fin()
		for i := range again.segments {
			again.segments[i].at = again.segments[i].at.Add(c.at.Sub(began))
		}
		p := over(t, &tape{keys: append(slices.Clone(first.keys), second.keys...)}, append(c.segments, again.segments[1:]...))
		p.carries(t, 1, first)
		p.carries(t, 2, second)
	}
}
