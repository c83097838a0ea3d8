package tui

import (
	"testing"
	"time"
)

func TestFormats(t *testing.T) {
	tests := []struct{ got, want string }{
		{count(0), "0"},
		{count(999), "999"},
		{count(1204), "1,204"},
		{count(uint64(1234567)), "1,234,567"},
		{size(0), "0"},
		{size(999), "999"},
		{size(999.6), "1.0k"},
		{size(1234), "1.2k"},
		{size(9_960), "10k"},
		{size(34_000_000), "34M"},
		{size(uint64(1) << 63), "9.2E"},
		{rtt(0), "–"},
		{rtt(850 * time.Microsecond), "850µs"},
		{rtt(1250 * time.Microsecond), "1.25ms"},
		{rtt(12_345 * time.Microsecond), "12.3ms"},
		{rtt(123_456 * time.Microsecond), "123ms"},
		{rtt(1234 * time.Millisecond), "1.23s"},
		{rtt(90 * time.Second), "1m30s"},
		{age(-time.Second), "0s"},
		{age(59 * time.Second), "59s"},
		{age(185 * time.Second), "3m05s"},
		{age(127 * time.Minute), "2h07m"},
		{age(107 * time.Hour), "4d11h"},
		{short(time.Minute), "1m"},
		{short(90 * time.Second), "1m30s"},
		{short(2 * time.Hour), "2h"},
		{short(250 * time.Millisecond), "250ms"},
		{plural(1, "request"), "1 request"},
		{plural(2, "request"), "2 requests"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
