package cell

import (
	"slices"
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

func TestSparkline(t *testing.T) {
	p := &Palette{}
	ms := time.Millisecond
	series := []time.Duration{ms, 4 * ms, session.LostSample, 8 * ms, 16 * ms}
	lines, top := Sparkline(p, series, 2, 8)
	if want := []string{"    █   ", "▁▄×██   "}; !slices.Equal(lines, want) || top != 16*ms {
		t.Errorf("got %q up to %v, want %q", lines, top, want)
	}
	lines, _ = Sparkline(p, series, 1, 3)
	if want := []string{"×▄█"}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want the newest: %q", lines, want)
	}
	if lines, _ = Sparkline(p, []time.Duration{session.LostSample}, 1, 2); lines[0] != "× " {
		t.Errorf("got %q", lines)
	}
}
