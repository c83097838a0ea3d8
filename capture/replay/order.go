package replay

import (
	"fmt"
	"math"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// An evidence says what of a connection the capture does not show.
type evidence struct {
	unseen    byEnd[bool]   // nothing of what an end sent is seen
	gaveUp    byEnd[bool]   // bytes of an end were waited for in vain
	uncertain string        // why the order between the directions is not known; empty where it is
	untoldWhy bool          // uncertain is to be told
	ahead     int64         // by how much the clocks differ, as of the last packet
	within    time.Duration // what was told of how far times may be off
}

// A clock keeps the times of a session's events from going back: those of each direction, and
// none is before the session's first.
type clock struct {
	ticks    protocol.ByDirection[int64]
	furthest int64
	ticking  bool
}

// tick returns the time of an event that happened at a time.
func (k *clock) tick(at int64, e *capture.Event) int64 {
	if !k.ticking {
		k.ticking, k.furthest = true, at
		k.ticks = protocol.ByDirection[int64]{at, at}
	}
	switch e.Kind {
	case capture.Data, capture.Gap, capture.Unseen, capture.Gone:
		at = max(at, k.ticks[e.Dir])
		k.ticks[e.Dir] = at
	case capture.Closed:
		at = max(at, k.furthest)
	default:
		at = max(at, min(k.ticks[0], k.ticks[1]))
	}
	k.furthest = max(k.furthest, at)
	return at
}

// endOfTime is later than all packets.
const endOfTime = math.MaxInt64 / 2

// letGo processes the packets that need not wait any more, where all packets before the time
// past have come.
func (c *connection) letGo(past int64) {
	for !c.over {
		if q, ok := c.align.next(past); ok {
			c.align.release(&q.packet)
			c.process(&q.packet)
			continue
		}
		e, ok := c.align.blocked()
		if !ok || !c.align.overdue(e, c.w.now) {
			return
		}
		c.lose(e)
	}
}

// letAllGo processes all packets that wait, since no more come.
func (c *connection) letAllGo() {
	for !c.over && c.align.waiting() {
		if q, ok := c.align.next(endOfTime); ok {
			c.align.release(&q.packet)
			c.process(&q.packet)
			continue
		}
		if e, ok := c.align.blocked(); ok {
			c.missDirection(e.other())
			c.lose(e)
		}
	}
}

// lose gives up the bytes that the first waiting packet of an end waits for.
func (c *connection) lose(e end) {
	o := e.other()
	if c.align.pipe && !c.align.lanes[o].seen {
		// It may yet come, but a pipe is not waited for.
		c.beUncertain("the capture has no packets of the other direction so far")
	}
	c.gaveUp[o] = true
	// The capture may have come to its end, which is not when what follows was sent.
	c.now = min(c.now, max(c.latest, c.align.head(e)))
	c.align.giveUp(e)
	c.drain(o)
}

// loseOrder lets all go, since there is no memory for what waits.
func (c *connection) loseOrder() {
	c.beUncertain("the capture has the two directions too far apart to put them into order")
	c.letGo(endOfTime)
}

// beUncertain notes that the order between the directions is not known from here on. Nothing
// waits any more.
func (c *connection) beUncertain(why string) {
	if c.uncertain == "" {
		c.uncertain, c.untoldWhy = why, true
		c.align.off = true
	}
}

// tellOrder tells how far the order and the times of the directions are known, where that is
// worse than was told. It is told before the event of this time, which is about it.
func (c *connection) tellOrder(at int64) {
	a := &c.align
	if c.untoldWhy {
		c.untoldWhy = false
		c.hand(at, capture.Event{Kind: capture.Order, Within: c.within, Uncertain: true, Why: c.uncertain})
	}
	if rest := time.Duration(a.rest); a.ahead != 0 && (c.within == 0 || rest > 2*c.within) {
		c.within = max(rest, 1)
		ahead := time.Duration(max(a.ahead, -a.ahead))
		c.hand(at, capture.Event{
			Kind: capture.Order, Within: c.within, Uncertain: c.uncertain != "",
			Why: fmt.Sprintf("the clocks of the two directions differ by %v; times are corrected", ahead.Round(100*time.Microsecond)),
		})
	}
}

// missDirections tells which directions the capture does not show, at the end of the
// connection.
func (c *connection) missDirections() {
	for e := range twoEnds {
		if !c.align.lanes[e].seen && c.carried && c.answered || c.gaveUp[e] {
			c.missDirection(e)
		}
	}
}

// missDirection tells that the capture has nothing of what an end sent, if so. What the other
// end sent is looked at without.
func (c *connection) missDirection(e end) {
	if c.unseen[e] || c.align.lanes[e].carries || c.id == 0 || c.marker != nil {
		return
	}
	if c.client == unknownEnd {
		c.client = c.likelyClient()
	}
	c.unseen[e] = true
	dir := c.dir(e)
	c.lacks = true
	c.sights[dir].why = c.explain(dir, tlstap.ErrAbsent)
	c.blind(c.now, dir, false)
	c.observe().Gap(dir, -1)
	c.await()
}
