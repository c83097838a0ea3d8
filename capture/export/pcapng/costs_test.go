package pcapng

import (
	"testing"
	"time"
)

// TestCosts: what sources waited in the last seconds is counted, once where several wait
// at once, and with what was written meanwhile. A stopped process counts for little.
func TestCosts(t *testing.T) {
	const ms = time.Millisecond
	type wait struct {
		sources       int
		at, last      time.Duration // since the beginning, and how long
		written       int
		waited, after time.Duration // what is counted when it is over, and of it after Hurry
		bytes         int64
	}
	for _, tc := range []struct {
		name    string
		hurried bool
		waits   []wait
	}{
		{"one source", false, []wait{{1, 0, 300 * ms, 5, 300 * ms, 0, 5}, {1, time.Second, 100 * ms, 6, 400 * ms, 0, 11}}},
		{"several at once", false, []wait{{7, 0, 300 * ms, 5, 300 * ms, 0, 5}}},
		{"the window moves on", false, []wait{
			{1, 0, 300 * ms, 5, 300 * ms, 0, 5},
			{1, 9 * time.Second, 200 * ms, 6, 500 * ms, 0, 11},
			{1, 10 * time.Second, 100 * ms, 7, 300 * ms, 0, 13},
			{1, time.Hour, 50 * ms, 1, 50 * ms, 0, 1},
		}},
		{"a stopped process", false, []wait{{1, 0, time.Hour, 5, patience, 0, 5}}},
		{"a hurry", true, []wait{{2, 0, 300 * ms, 5, 300 * ms, 300 * ms, 5}, {1, 20 * time.Second, 100 * ms, 6, 100 * ms, 400 * ms, 6}}},
	} {
		began := time.Unix(1000, 0)
		c := costs{began: began}
		for i, w := range tc.waits {
			for range w.sources {
				c.enter(began.Add(w.at))
			}
			end := began.Add(w.at + w.last)
			c.count(end, w.written, tc.hurried)
			for range w.sources {
				c.leave(end, tc.hurried)
			}
			if waited, bytes := c.recent(end); waited != w.waited || bytes != w.bytes || c.late != w.after {
				t.Errorf("%s, wait %d: waited %v with %d bytes, %v of it late; want %v, %d, %v", tc.name, i, waited, bytes, c.late, w.waited, w.bytes, w.after)
			}
			if c.count(end.Add(time.Second), 1, tc.hurried) {
				t.Errorf("%s: counted while nobody waits", tc.name)
			}
		}
	}
}
