package report

import (
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Collector keeps what the journal of a run forgets or only counts: the round-trips
// over time, how steadily heartbeats came, and the text of the first diagnostic of each
// code and severity. Its memory is bounded, however long the run is.
//
// The zero value is empty. A Collector is for one goroutine at a time.
type Collector struct {
	timelines   protocol.ByPeer[timeline]
	first, last time.Time
	quiet       time.Duration      // the longest time between two results
	texts       map[finding]string // of the first diagnostic of each code and severity
	missed      uint64
	batch       journal.Batch

	// Watch is told each round-trip; nil: nobody watches the machine.
	Watch *Watch
}

// Add takes an entry of the journal, and keeps no part of it. Entries come in the
// journal's order. Add passes over those that the collector has no use for.
func (c *Collector) Add(e *journal.Entry) {
	switch n := e.Notice.(type) {
	case session.HeartbeatResult:
		if !n.Lost && !n.Unsupported {
			c.Watch.answered(n.Toward, e.At, n.RTT)
		}
		// A late answer was counted as lost before. A session of version 1 owes none.
		if !n.Late && !n.Unsupported {
			c.Result(n.Toward, e.At, n.RTT, n.Lost)
		}
	case session.Diagnostic:
		c.diagnostic(finding{n.Code, n.Severity}, n.Text)
	}
}

// Result takes what became of one HeartRequest, for callers that have no journal: at is
// when the answer came, or when the request was given up.
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

// A finding is a code, and how severe a diagnostic of it is.
type finding struct {
	code     session.Code
	severity session.Severity
}

// maxTexts bounds the number of texts. The tool has fewer codes.
const maxTexts = 512

func (c *Collector) diagnostic(f finding, text string) {
	if _, known := c.texts[f]; known || len(c.texts) >= maxTexts {
		return
	}
	if c.texts == nil {
		c.texts = make(map[finding]string)
	}
	c.texts[f] = clip(text)
}

// Read takes all entries that the journal got since the last Read, for callers that don't
// read the journal themselves and call Add. The journal bounds what it keeps: a caller
// has to call Read a few times a second to miss nothing.
func (c *Collector) Read(j *journal.Journal) { c.ReadUntil(j, nil) }

// ReadUntil is Read that stops soon after done is closed. What is unread then counts as
// missed. Done may be nil.
func (c *Collector) ReadUntil(j *journal.Journal, done <-chan struct{}) {
	const limit = 1024
	for {
		select {
		case <-done:
			c.skip(j)
			return
		default:
		}
		if !j.Read(&c.batch, limit) {
			return
		}
		c.missed += c.batch.Missed
		for i := range c.batch.Entries {
			c.Add(&c.batch.Entries[i])
		}
	}
}

// skip counts what is unread as missed.
func (c *Collector) skip(j *journal.Journal) {
	next := journal.Look(j, journal.AskSummary{}).Newest + 1
	c.missed += next - max(c.batch.Next, 1)
	c.batch.Next = next
}

// Heartbeats returns the series and the times. The figures come from the journal.
func (c *Collector) Heartbeats() Heartbeats {
	return Heartbeats{
		TowardServer: Toward{Series: c.timelines[protocol.Server].series()},
		TowardClient: Toward{Series: c.timelines[protocol.Client].series()},
		First:        c.first, Last: c.last, Quiet: session.Millis(c.quiet), Missed: c.missed,
	}
}
