package report_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

// TestSpans: CPU time in spans is judged by the median of the pairs, where the middle half of them
// is narrow enough to tell.
func TestSpans(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cpu    report.CPU
		change func(*report.CPU)
		want   report.Status
		says   string
	}{
		{"little", spans(20, 30, 25, 28, 22, 90), nil, report.Passed, "server anytls-rs: +0.026 %, the median of 6 pairs of spans, the middle half of them from +0.023 % to +0.029 %; a heartbeat each 1 s"},
		{"less than without", spans(-20, -30, -25, -28, -22, -24), nil, report.Passed, "-0.025 %, the median"},
		{"too much", spans(120, 130, 125, 128, 122, 190), nil, report.Failed, "+0.127 %, the median of 6 pairs"},
		{"one far off does not count", spans(20, 30, 25, 28, 22, 9000), nil, report.Passed, "+0.026 %"},
		{"just the limit", spans(100, 100, 100, 100, 100, 100), nil, report.Failed, "+0.100 %"},
		{"too few", spans(20, 30, 25, 28, 22), nil, report.NotMeasured, "fewer than 6 pairs of spans"},
		{"spread too wide", spans(0, 0, 0, 150, 150, 150), nil, report.NotMeasured, "they differ by 0.150 % among themselves, which is too much to tell: at most 0.1 %"},
		{"spread wide, and over", spans(500, 700, 500, 700, 500, 700), nil, report.NotMeasured, "too much to tell"},
		{"spans of no length", spans(20, 30, 25, 28, 22, 90), func(c *report.CPU) { c.Spans[0].With.Wall = 0 }, report.NotMeasured, "the median of 5 pairs"},
		{"seldom, and little", spans(20, 30, 25, 28, 22, 90), func(c *report.CPU) { c.Interval = ms(5000) }, report.NotMeasured, "the limit is for one each 1 s"},
		{"often, and little", spans(20, 30, 25, 28, 22, 90), func(c *report.CPU) { c.Interval = ms(100) }, report.Passed, "each 100 ms"},
		{"often, and too much", spans(120, 130, 125, 128, 122, 190), func(c *report.CPU) { c.Interval = ms(100) }, report.NotMeasured, "the limit is for"},
		{"nobody knows how often", spans(20, 30, 25, 28, 22, 90), func(c *report.CPU) { c.Interval = 0 }, report.NotMeasured, "a heartbeat each ?"},
	} {
		if tt.change != nil {
			tt.change(&tt.cpu)
		}
		s := guided()[2]
		s.CPU = []report.CPU{tt.cpu}
		got := item(report.Combine(meta(), s), "cpu-overhead")
		if text := got.Evidence[0].Text(report.English); got.Status != tt.want || !strings.Contains(text, tt.says) {
			t.Errorf("%s: %s: %q, want %s: %q", tt.name, got.Status, text, tt.want, tt.says)
		}
	}
}

// TestSpansOverhead: the overhead of spans is that of their pairs, and not of their sums.
func TestSpansOverhead(t *testing.T) {
	c := spans(20, 30, 25, 28, 22, 9000)
	if got := c.Overhead(); got < 0.0264 || got > 0.0266 {
		t.Errorf("%f", got)
	}
	if c.Spans = nil; c.Overhead() < 1 {
		t.Errorf("of the sums %f", c.Overhead())
	}
}
