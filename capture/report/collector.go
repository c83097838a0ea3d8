package report

import (
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Collector keeps of a run what the journal forgets or only counts: how
// round-trips went over time, how steadily heartbeats came, and what the first
// diagnostic of each code said. However long the run is, its memory is bounded.
//
// It is for one goroutine at a time. The zero value is empty.
type Collector struct {
	timelines   protocol.ByPeer[timeline]
	first, last time.Time
	quiet       time.Duration
	texts       map[session.Code]string
	missed      uint64
	batch       journal.Batch
}

// Add takes an entry of the journal. Entries come in the journal's order; those
// that are of no use here are passed over.
func (c *Collector) Add(e *journal.Entry) {
	switch ev := e.Notice.(type) {
	case session.HeartbeatResult:
		// A late answer was lost before, and a session of version 1 owes none.
		if !ev.Late && !ev.Unsupported {
			c.Result(ev.Toward, e.At, ev.RTT, ev.Lost)
		}
	case session.Diagnostic:
		c.diagnostic(ev.Code, ev.Text)
	}
}

// Result takes what became of one HeartRequest, for callers that have no journal.
// The moment is when the answer came, or when the request was given up.
func (c *Collector) Result(toward protocol.Peer, at time.Time, rtt time.Duration, lost bool) {
	switch {
	case c.first.IsZero():
		c.first, c.last = at, at
	case at.After(c.last):
		c.quiet = max(c.quiet, at.Sub(c.last))
		c.last = at
	}
	b := c.timelines[toward].at(at)
	if lost {
		b.lost++
		return
	}
	b.add(rtt)
}

// maxCodes bounds how many codes are kept the text of; the tool has fewer.
const maxCodes = 256

func (c *Collector) diagnostic(code session.Code, text string) {
	if _, known := c.texts[code]; known || len(c.texts) >= maxCodes {
		return
	}
	if c.texts == nil {
		c.texts = make(map[session.Code]string)
	}
	c.texts[code] = clip(text)
}

// Read takes all entries that the journal got since the last Read. It is an
// alternative to Add, for callers that do not read the journal themselves. Called
// a few times a second, it misses nothing.
func (c *Collector) Read(j *journal.Journal) {
	const limit = 1024
	for j.Read(&c.batch, limit) {
		c.missed += c.batch.Missed
		for i := range c.batch.Entries {
			c.Add(&c.batch.Entries[i])
		}
	}
}

// Heartbeats returns what was gathered: the series and the times. The figures
// are the journal's to tell.
func (c *Collector) Heartbeats() Heartbeats {
	return Heartbeats{
		TowardServer: Toward{Series: c.timelines[protocol.Server].series()},
		TowardClient: Toward{Series: c.timelines[protocol.Client].series()},
		First:        c.first, Last: c.last, Quiet: session.Millis(c.quiet), Missed: c.missed,
	}
}
