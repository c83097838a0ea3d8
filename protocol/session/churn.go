package session

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"anytls-inspect/protocol"
)

const (
	// youngSession is the age below which a session that ends was of little use:
	// clients keep idle ones for 30 s and more (section Session reuse).
	youngSession = 10 * time.Second
	// churnCount ends of young sessions within churnTime are diagnosed.
	churnTime  = time.Minute
	churnCount = 10
)

// A churn holds the newest ends of a host's young sessions.
type churn struct {
	ends [churnCount]youngEnd // a ring
	n    int                  // how many of ends count
	next int                  // where the next one goes
}

// A youngEnd is the end of a young session.
type youngEnd struct {
	at      time.Time
	age     time.Duration
	by      Closer
	streams uint64
}

// ended takes the end of t's session, at a time and by whom. The tenth young one
// within a minute is diagnosed, and counting begins anew.
func (c *churn) ended(at time.Time, t *Tracker, by Closer) {
	age := at.Sub(t.opening.openedAt)
	if by > ClosedByServer || age >= youngSession {
		return
	}
	c.ends[c.next] = youngEnd{at, age, by, t.st.Streams}
	c.next = (c.next + 1) % len(c.ends)
	c.n = min(c.n+1, len(c.ends))
	// The next to be overwritten is the oldest.
	first := c.ends[c.next].at
	if c.n < len(c.ends) || at.Sub(first) > churnTime {
		return
	}
	ends := c.ends
	*c = churn{}
	slices.SortFunc(ends[:], func(a, b youngEnd) int { return cmp.Compare(a.age, b.age) })
	lived := func(i int) time.Duration { return ends[i].age.Round(time.Millisecond) }
	byServer, streams := 0, uint64(0)
	for _, e := range ends {
		streams += e.streams
		if e.by == ClosedByServer {
			byServer++
		}
	}
	t.diagnose(CodeSessionChurn, 0, protocol.Direction(by), fmt.Sprintf(
		"%d sessions from %s ended within %v, %d of them closed by the server; they lived %v to %v, half of them no longer than %v, and had %d streams in all",
		len(ends), protocol.Printable(t.opening.client), at.Sub(first).Round(100*time.Millisecond), byServer,
		lived(0), lived(len(ends)-1), lived(len(ends)/2-1), streams))
}
