package cell

import (
	"testing"
	"time"
)

func TestFormats(t *testing.T) {
	tests := []struct{ got, want string }{
		{Count(0), "0"},
		{Count(999), "999"},
		{Count(1204), "1,204"},
		{Count(uint64(1234567)), "1,234,567"},
		{Size(0), "0"},
		{Size(999), "999"},
		{Size(999.6), "1.0k"},
		{Size(1234), "1.2k"},
		{Size(9_960), "10k"},
		{Size(34_000_000), "34M"},
		{Size(uint64(1) << 63), "9.2E"},
		{RTT(0), "–"},
		{RTT(850 * time.Microsecond), "850µs"},
		{RTT(1250 * time.Microsecond), "1.25ms"},
		{RTT(12_345 * time.Microsecond), "12.3ms"},
		{RTT(123_456 * time.Microsecond), "123ms"},
		{RTT(1234 * time.Millisecond), "1.23s"},
		{RTT(90 * time.Second), "1m30s"},
		{Age(-time.Second), "0s"},
		{Age(59 * time.Second), "59s"},
		{Age(185 * time.Second), "3m05s"},
		{Age(127 * time.Minute), "2h07m"},
		{Age(107 * time.Hour), "4d11h"},
		{Period(time.Minute), "1m"},
		{Period(90 * time.Second), "1m30s"},
		{Period(2 * time.Hour), "2h"},
		{Period(250 * time.Millisecond), "250ms"},
		{Plural(1, "request"), "1 request"},
		{Plural(2, "request"), "2 requests"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
