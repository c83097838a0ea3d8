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
	ends [churnCount]sessionEnd // a ring
	n    int                    // how many of ends count
	next int                    // where the next one goes
}

// A sessionEnd is the end of a session.
type sessionEnd struct {
	at      time.Time
	age     time.Duration
	by      Closer
	streams uint64
}

// sessionEnded takes the end of a session that a client's host opened. The tenth young one
// within a minute is too many: it says so in words, and counting begins anew.
// Otherwise it returns nothing.
func (c *churn) sessionEnded(client string, end sessionEnd) string {
	if end.by > ClosedByServer || end.age >= youngSession {
		return ""
	}
	c.ends[c.next] = end
	c.next = (c.next + 1) % len(c.ends)
	c.n = min(c.n+1, len(c.ends))
	// The next to be overwritten is the oldest.
	first := c.ends[c.next].at
	if c.n < len(c.ends) || end.at.Sub(first) > churnTime {
		return ""
	}
	ends := c.ends
	*c = churn{}
	slices.SortFunc(ends[:], func(a, b sessionEnd) int { return cmp.Compare(a.age, b.age) })
	lived := func(i int) time.Duration { return ends[i].age.Round(time.Millisecond) }
	byServer, streams := 0, uint64(0)
	for _, e := range ends {
		streams += e.streams
		if e.by == ClosedByServer {
			byServer++
		}
	}
	return fmt.Sprintf(
		"%d sessions from %s ended within %v, %d of them closed by the server; they lived %v to %v, half of them no longer than %v, and had %d streams in all",
		len(ends), protocol.Printable(client), end.at.Sub(first).Round(100*time.Millisecond), byServer,
		lived(0), lived(len(ends)-1), lived(len(ends)/2-1), streams)
}
