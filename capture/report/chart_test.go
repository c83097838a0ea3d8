package report

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

func seriesOf(ms ...float64) *Series {
	s := &Series{Step: session.Millis(time.Second)}
	for i, v := range ms {
		p := Point{At: session.Millis(i) * session.Millis(time.Second), Lost: 1}
		if v >= 0 {
			d := session.Millis(v * float64(time.Millisecond))
			p = Point{At: p.At, Answered: 1, Min: d, Avg: d, Max: d}
		}
		s.Points = append(s.Points, p)
	}
	return s
}

func TestBlocks(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    *Series
		want string
	}{
		{"one", seriesOf(1), "█"},
		{"rising", seriesOf(1, 2, 3, 4, 5, 6, 7, 8), "▁▂▃▄▅▆▇█"},
		{"one lost", seriesOf(4, -1, 4), "█×█"},
		{"all lost", seriesOf(-1, -1), "××"},
		{"one is slow", seriesOf(0.5, 0.5, 400), "▂▂█"},
		{"a pause", &Series{Points: []Point{
			{Answered: 1, Max: 1e6}, {At: 1e9, Answered: 1, Max: 1e6}, {At: 9e9, Answered: 1, Max: 1e6}, {At: 10e9, Answered: 1, Max: 1e6},
		}}, "█  █"},
	} {
		if got := (chart{series: tt.s}).blocks(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestColumns(t *testing.T) {
	s := seriesOf(1, 2, 3, -1, 5, 6)
	got := s.columns(2)
	want := []Point{
		{At: 0, Answered: 3, Min: 1e6, Avg: 2e6, Max: 3e6},
		{At: 4e9, Answered: 2, Lost: 1, Min: 5e6, Avg: 5.5e6, Max: 6e6},
	}
	if !slices.Equal(got, want) {
		t.Errorf("columns %v, want %v", got, want)
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct {
		s    *Series
		want string
	}{
		{seriesOf(2, 2.4), "0 to 3, ticks [0 1 2 3]"},
		{seriesOf(30, 97), "0 to 100, ticks [0 50 100]"},
		{seriesOf(0.5, 130), "0.1 to 1000, ticks [0.1 1 10 100 1000], logarithmic"},
		{seriesOf(-1), "0 to 1, ticks [0 0.5 1]"},
	} {
		sc := tt.s.scale()
		got := fmt.Sprintf("%.4g to %.4g, ticks %.4g", sc.low, sc.high, sc.ticks)
		if sc.log {
			got += ", logarithmic"
		}
		if got != tt.want {
			t.Errorf("scale %s, want %s", got, tt.want)
		}
	}
}

func TestTimeTicks(t *testing.T) {
	for span, want := range map[time.Duration]string{
		0: "0", 4 * time.Second: "0 1 s 2 s 3 s 4 s", 10 * time.Minute: "0 2 min 4 min 6 min 8 min 10 min",
		90 * time.Second: "0 15 s 30 s 45 s 1 min 75 s 90 s",
	} {
		var got string
		for i, at := range timeTicks(session.Millis(span)) {
			if i > 0 {
				got += " "
			}
			got += short(at)
		}
		if got != want {
			t.Errorf("ticks of %v: %s, want %s", span, got, want)
		}
	}
	for span := time.Millisecond; span > 0; span *= 3 {
		if n := len(timeTicks(session.Millis(span))); n < 2 || n > 8 {
			t.Errorf("%d ticks in %v", n, span)
		}
	}
}
