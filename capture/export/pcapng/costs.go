package pcapng

import "time"

// costs count for how long sources waited for the writer of late, and what it wrote
// meanwhile. Several sources that wait at once count once.
type costs struct {
	began   time.Time     // when the first second began
	sources int           // that wait now
	counted time.Time     // up to when their waiting is counted
	late    time.Duration // how long they waited after Hurry
	seconds [window]cost
}

// A cost is what one second cost.
type cost struct {
	second  int64 // its number
	waited  time.Duration
	written int64 // bytes
}

// enter notes that a source begins to wait.
func (c *costs) enter(now time.Time) {
	if c.sources == 0 {
		c.counted = now
	}
	c.sources++
}

// leave notes that a source waits no more.
func (c *costs) leave(now time.Time, hurried bool) {
	c.count(now, 0, hurried)
	c.sources--
}

// count counts the time until now, in which n bytes were written. It returns false where
// nobody waits. A source looks at the clock more often than patience is long: a longer
// time is one in which the process was stopped, and is not counted in full.
func (c *costs) count(now time.Time, n int, hurried bool) bool {
	if c.sources == 0 {
		return false
	}
	d := min(now.Sub(c.counted), patience)
	c.counted = now
	if hurried {
		c.late += d
	}
	s := c.second(now)
	at := &c.seconds[s%window]
	if at.second != s {
		*at = cost{second: s}
	}
	at.waited += d
	at.written += int64(n)
	return true
}

// recent returns how long sources waited in the last window, and how many bytes were
// written meanwhile.
func (c *costs) recent(now time.Time) (waited time.Duration, written int64) {
	for i := range c.seconds {
		if at := &c.seconds[i]; at.second > c.second(now)-window {
			waited += at.waited
			written += at.written
		}
	}
	return waited, written
}

// second returns the number of the second that it is now.
func (c *costs) second(now time.Time) int64 { return int64(now.Sub(c.began) / time.Second) }
