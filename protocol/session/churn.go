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
	// churnAgain is how long it is not said again of the same host.
	churnAgain = 10 * time.Minute
	// A client whose program ends closes all its sessions within exitTime. From exitCount
	// ends on that is likelier than churn.
	exitTime  = time.Second
	exitCount = 5
)

// A churn holds the newest ends of a host's young sessions. A client's exit counts as one
// end.
type churn struct {
	ends []sessionEnd // oldest first, fewer than churnCount
	exit exit
	told time.Time // when it was said last that they are too many
}

// A sessionEnd is the end of a session.
type sessionEnd struct {
	at       time.Time
	openedAt time.Time
	age      time.Duration // that it was of use
	by       Closer
	streams  uint64
	exit     int // of the run of ends that it is part of: see exit
}

// An exit is a run of ends by the client, within exitTime, of sessions that were all opened
// before the first of them ended. A client that goes on opens sessions meanwhile.
type exit struct {
	number int       // of the run, from 1
	at     time.Time // when the first one ended
	ends   int
}

// takes tells whether an end is part of the run, and counts it.
func (x *exit) takes(end *sessionEnd) bool {
	if end.by != ClosedByClient {
		return false
	}
	if x.ends == 0 || end.at.Sub(x.at) > exitTime || !end.openedAt.Before(x.at) {
		*x = exit{number: x.number + 1, at: end.at}
	}
	x.ends++
	end.exit = x.number
	return x.ends >= exitCount
}

// sessionEnded takes the end of a session that a client's host opened. The tenth young one
// within a minute is too many: it says so in words, unless it has lately, and counting
// begins anew. Otherwise it returns nothing.
func (c *churn) sessionEnded(client string, end sessionEnd) string {
	if end.by > ClosedByServer || end.age >= youngSession {
		return ""
	}
	if c.exit.takes(&end) {
		// The first of the run stands for it.
		first := true
		c.ends = slices.DeleteFunc(c.ends, func(e sessionEnd) bool {
			again := e.exit == end.exit && !first
			first = first && e.exit != end.exit
			return again
		})
		return ""
	}
	c.ends = append(c.ends, end)
	if len(c.ends) < churnCount {
		return ""
	}
	ends := c.ends
	first := ends[0].at
	if end.at.Sub(first) > churnTime {
		c.ends = slices.Delete(ends, 0, 1)
		return ""
	}
	lately := !c.told.IsZero() && end.at.Sub(c.told) < churnAgain
	*c = churn{exit: c.exit, told: c.told}
	if lately {
		return ""
	}
	c.told = end.at
	slices.SortFunc(ends, func(a, b sessionEnd) int { return cmp.Compare(a.age, b.age) })
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
		len(ends), protocol.Printable(client), max(0, end.at.Sub(first)).Round(100*time.Millisecond), byServer,
		lived(0), lived(len(ends)-1), lived(len(ends)/2-1), streams)
}
