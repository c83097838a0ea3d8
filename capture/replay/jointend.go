package replay

import (
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A legEnd is how a leg ended.
type legEnd struct {
	at        time.Time // when it was over
	endedAt   time.Time // when somebody ended it
	by        session.Closer
	byRelay   bool // and not its peer, or the capture
	reason    string
	tlsFailed bool
	undecoded string // why not all of it was decoded; empty where it was
	why       string // the same, or that it came to nothing
	blind     bool   // nothing of it was decoded
	cut       bool   // it was recorded no further
}

// ends takes the end of a leg. When both are over, the session is closed.
func (j *joint) ends(l capture.Leg, end legEnd) {
	if j.closed || j.alone && l != capture.ClientLeg {
		return
	}
	leg := &j.legs[l.Peer()]
	leg.ended, leg.end = true, end
	if end.undecoded != "" { // what went over it is not known to its end
		j.lanes[l.Peer().Toward()].loosen()
		j.advance(end.at)
	}
	client, server := &j.legs[protocol.Client], &j.legs[protocol.Server]
	if client.ended && (server.ended || j.server == "" || j.alone) {
		j.close()
	}
}

// close emits what is left of the session, and that it is closed.
func (j *joint) close() {
	client, server := &j.legs[protocol.Client], &j.legs[protocol.Server]
	j.begin(capture.NoLeg, client.opened.Server)
	if !j.stands && !j.alone {
		switch {
		case client.established != nil: // the server's leg was not read that far
			j.establish(client.established, server.established)
			for d := range j.lanes {
				j.lanes[d].loosen()
			}
		case server.established != nil: // what the client may have sent then, nobody took
			j.establish(nil, server.established)
			j.stands = false
		}
	}
	cut := client.end.by == session.ClosedByCapture || server.ended && server.end.by == session.ClosedByCapture
	if j.stands {
		j.finish(cut)
		j.lastSights()
	}
	for d := range j.lanes {
		j.lanes[d].discard()
	}
	j.closed = true
	e := j.end()
	j.pass(&e)
	j.legs = protocol.ByPeer[jointLeg]{}
}

// finish emits what is left at the end of the session: what the relay made, and of what the
// peers sent all, or only what tells how the session went on: not the bytes that the relay
// did not pass on.
func (j *joint) finish(all bool) {
	j.advance(j.lastAt)
	for d := range j.lanes {
		j.lanes[d].tellAsides()
		if l := &j.lanes[d]; !all && !l.loose {
			l.drop()
		}
	}
	for d := range j.lanes {
		if l := &j.lanes[d]; l.items.len() > 0 {
			l.tellRest()
		}
		j.lanes[d].loose = true
	}
	const longAfter = 1 << 62 // nanoseconds: all of it is of so long ago
	j.inTime(j.lastAt.Add(longAfter))
}

// isBlind tells whether nothing was seen of any leg.
func (j *joint) isBlind() bool {
	client, server := &j.legs[protocol.Client], &j.legs[protocol.Server]
	return client.end.blind && (server.end.blind || j.alone)
}

// lastSights tells of a leg of which nothing was seen that its peer's direction is not.
func (j *joint) lastSights() {
	for p := range j.legs {
		if end := &j.legs[p].end; end.blind && !j.isBlind() {
			j.pass(&capture.Event{
				Kind: capture.Unseen, Session: j.legs[protocol.Client].opened.Session, At: end.at,
				Dir: protocol.Peer(p).Toward().Reverse(), Why: end.undecoded,
			})
		}
	}
}

// end returns the Closed event: as the relay told it, or else as the legs show it. What one
// of their peers has done comes before what the relay did for it.
func (j *joint) end() capture.Event {
	var ends []*legEnd
	for p := range j.legs {
		if j.legs[p].ended {
			ends = append(ends, &j.legs[p].end)
		}
	}
	e := capture.Event{Kind: capture.Closed, Session: j.legs[protocol.Client].opened.Session}
	var undecoded []string
	for _, end := range ends {
		if end.at.After(e.At) {
			e.At = end.at
		}
		if end.undecoded != "" && !slices.Contains(undecoded, end.undecoded) {
			undecoded = append(undecoded, end.undecoded)
		}
	}
	if j.told.Kind == capture.Closed {
		e.By, e.Reason, e.TLSFailed = j.told.By, j.told.Reason, j.told.TLSFailed
		// Where the relay did not wait for a peer to end its TCP, nothing came behind that, and the
		// leg is over only when the capture is.
		if last := time.Unix(0, j.packetAt).UTC(); last.Before(e.At) {
			e.At = last
		}
	} else {
		first := slices.MinFunc(ends, func(a, b *legEnd) int {
			if d := a.rank() - b.rank(); d != 0 {
				return d
			}
			return a.endedAt.Compare(b.endedAt)
		})
		e.By, e.Reason, e.TLSFailed = first.by, first.reason, first.tlsFailed
		if first.rank() == rankRelay {
			e.By = session.ClosedByRelay
		}
		if first.undecoded == "" && first.why != "" {
			undecoded = append(undecoded, first.why)
		}
	}
	if !e.TLSFailed {
		e.Why, e.Blind = strings.Join(undecoded, "; "), j.stands && j.isBlind()
	}
	return e
}

// The ranks of what ends a leg: the lowest of both legs says how the session ended.
const (
	rankCut = iota
	rankTLS
	rankPeer
	rankCapture
	rankRelay
)

func (e *legEnd) rank() int {
	switch {
	case e.cut:
		return rankCut
	case e.tlsFailed:
		return rankTLS
	case e.by == session.ClosedByCapture:
		return rankCapture
	case e.byRelay:
		return rankRelay
	default:
		return rankPeer
	}
}

// endOf returns how a connection ended that is a leg of a recording.
func endOf(c *connection) legEnd {
	e := c.closing()
	return legEnd{
		at: time.Unix(0, c.now).UTC(), endedAt: time.Unix(0, c.endedAt).UTC(),
		by: e.By, reason: e.Reason, tlsFailed: e.TLSFailed, undecoded: c.why, why: e.Why, blind: e.Blind,
		byRelay: e.By <= session.ClosedByServer && c.isRelay(protocol.Peer(e.By)),
		cut:     e.By == session.ClosedByCapture && strings.HasPrefix(c.how, reasonCut),
	}
}
