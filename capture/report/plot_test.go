package report

import (
	"math"
	"regexp"
	"strconv"
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

// TestLabelsAreWhole: whatever the span of a chart, no label of its time axis is cut off at
// an edge, and none runs into the next, with the largest letters that page.css gives it.
func TestLabelsAreWhole(t *testing.T) {
	largest := 0.0
	for _, m := range regexp.MustCompile(`svg \{[^}]*font(?:-size)?: ([0-9]+)px`).FindAllStringSubmatch(pageCSS, -1) {
		size, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, size)
	}
	if want := labelWidth / 0.65; math.Abs(largest-want) > 0.01 {
		t.Fatalf("the largest labels have %.0f units; plot.go knows of %.0f", largest, want)
	}
	for span := time.Millisecond; span < 40*24*time.Hour; span += span/7 + 1 {
		s := &Series{Points: []Point{{Answered: 1, Max: 1}, {At: session.Millis(span), Answered: 1, Max: 1}}}
		before := math.Inf(-1)
		p := (chart{series: s}).Plot()
		for _, m := range p.X {
			from, to := extent(t, m)
			if from < 0 || to > float64(p.Width) {
				t.Errorf("over %v, the label %q goes from %.1f to %.1f of %d", span, m.Label, from, to, p.Width)
			}
			if from < before {
				t.Errorf("over %v, the label %q begins at %.1f, the one before ends at %.1f", span, m.Label, from, before)
			}
			before = to
		}
	}
	// Anybody can write a series of any length. A label that is wider than any run's ends at
	// the edge, if it would be beyond.
	ends := 0
	for span := session.Millis(math.MaxInt64); span > 1<<60; span -= 1 << 57 {
		p := (chart{series: &Series{Points: []Point{{Answered: 1}, {At: span, Answered: 1}}}}).Plot()
		for _, m := range p.X {
			if _, to := extent(t, m); to > float64(p.Width) {
				t.Errorf("the label %q ends at %.1f of %d", m.Label, to, p.Width)
			}
			if m.Anchor == "end" {
				ends++
			}
		}
	}
	if ends == 0 {
		t.Error("no label ends at the edge")
	}
}

// extent returns where a label begins and ends.
func extent(t *testing.T, m mark) (from, to float64) {
	t.Helper()
	at, err := strconv.ParseFloat(m.LabelAt, 64)
	if err != nil {
		t.Fatal(err)
	}
	width := float64(len(m.Label)) * labelWidth
	switch m.Anchor {
	case "middle":
		return at - width/2, at + width/2
	case "end":
		return at - width, at
	default:
		t.Fatalf("the label %q has the anchor %q", m.Label, m.Anchor)
		return 0, 0
	}
}
