package replay

import (
	"math"

	"anytls-inspect/capture"
)

// Pairs finds the legs of one session in recordings of the relay, by the comments on their
// SYNs, and gives sessions the numbers that they had in the recorded run.
//
// Several recordings may follow one another, with numbers from 1 again: so the server's leg
// belongs to the latest client's leg of its number, which has none yet.
type pairs struct {
	clients map[capture.SessionID]*flow // client's legs without a server's leg, by recorded number
	skipped map[capture.SessionID]bool  // numbers below the newest that no session has
	// periodic is what the first session's recording tells of heartbeats.
	periodic capture.Periodic
	noted    bool
}

func newPairs() pairs {
	return pairs{clients: make(map[capture.SessionID]*flow), skipped: make(map[capture.SessionID]bool)}
}

const (
	// maxSkip is how many numbers below a new one are kept for sessions that began before it,
	// and stand behind it. maxSkipped is how many are in all.
	maxSkip    = 64
	maxSkipped = 1024
	// maxRecorded is the largest number of a recording that is kept: those beyond it leave
	// none for other sessions.
	maxRecorded = math.MaxUint32 / 2
)

// number returns the number of a session that begins. Recorded is the one in the recording,
// or 0; last the newest.
func (p *pairs) number(recorded, last capture.SessionID) capture.SessionID {
	switch {
	case p.skipped[recorded]:
		delete(p.skipped, recorded)
		return recorded
	case recorded <= last || recorded > maxRecorded:
		return last + 1
	}
	if len(p.skipped) > maxSkipped-maxSkip {
		clear(p.skipped)
	}
	for n := max(last+1, recorded-min(recorded, maxSkip)); n < recorded; n++ {
		p.skipped[n] = true
	}
	return recorded
}

// forget forgets a flow, which gets no more packets.
func (p *pairs) forget(f *flow) {
	if p.clients[f.recorded] == f {
		delete(p.clients, f.recorded)
	}
}

// hear takes the comment on a SYNACK of a leg.
func (p *pairs) hear(comment []byte) {
	if p.noted || len(comment) == 0 {
		return
	}
	var n capture.SessionNote
	if n, p.noted = capture.ParseSessionNote(string(comment)); p.noted {
		p.periodic = n.Periodic
	}
}

// maxLegNote is the longest comment on the SYN of a leg.
const maxLegNote = 64

// pair returns the client's leg of the session whose server's leg a flow begins, nil where it
// does not. It notes the number that the first packet's comment gives the flow.
func (p *pairs) pair(f *flow, leg capture.Leg, first *packet) *flow {
	if leg == capture.NoLeg || !first.segment.SYN || first.isACK || len(first.comment) > maxLegNote {
		return nil
	}
	id, noted, ok := capture.ParseLegNote(string(first.comment))
	if !ok || noted != leg {
		return nil
	}
	f.recorded = id
	if leg == capture.ClientLeg {
		p.clients[id] = f
		return nil
	}
	client := p.clients[id]
	delete(p.clients, id)
	return client
}
