package journal

import (
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Facts are what was known of a frame when it passed, beyond what its entry says. The journal
// keeps them where [Limits].Facts asks for that. Text is printable.
type Facts struct {
	Client string // the software that the client's Settings named before; empty where none did
	Target string // host:port of its stream; empty before the first PSH, and of frames without a stream
	Age    time.Duration
	// Count is how many frames its sender has sent in the session, this one included. The
	// preamble is none, and those that the relay made are not counted.
	Count uint64
	// RTT is how long a HeartResponse or a SYNACK was waited for that settled something.
	RTT time.Duration
}

// sentFrames counts the frames that the senders of a session sent, where facts are kept.
type sentFrames protocol.ByDirection[uint64]

// facts returns the facts of a frame that a tracker tells of, of a session that began then.
func (c *sentFrames) facts(f *session.Frame, t *session.Tracker, began time.Time) Facts {
	if !f.Preamble && !f.Fate.Made() {
		c[f.Dir]++
	}
	facts := Facts{Client: t.State().Client, Age: f.At.Sub(began), Count: c[f.Dir]}
	if f.Preamble {
		facts.Count = 0
	}
	if stream := t.Lookup(f.Header.Stream); stream != nil && f.Header.Command != protocol.SYN {
		facts.Target = stream.Target
		if f.Header.Command == protocol.SYNACK && f.Dir == protocol.ServerToClient && !stream.HasACK && !f.Fate.Kept() {
			facts.RTT = max(f.At.Sub(stream.OpenedAt), 0)
		}
	}
	return facts
}

// settled takes note of how long the last frame was waited for, if it is an answer to a
// HeartRequest.
func (d *draft) settled(r *session.HeartbeatResult) {
	if n := len(d.facts); n > 0 && d.headers[n-1].Command == protocol.HeartResponse {
		d.facts[n-1].RTT = r.RTT
	}
}

// keepFacts takes over the facts of the frames whose headers it is about to take over.
func (r *ring) keepFacts(facts []Facts) {
	if r.facts != nil {
		store(r.facts, r.headerAt, facts)
	}
}

// FactsOf returns the facts of the frame with an index. They are zero where it is not held,
// or where the journal keeps none.
func (j *Journal) FactsOf(index uint64) Facts {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := &j.ring
	it := r.frameAt(index)
	if it == nil || r.facts == nil {
		return Facts{}
	}
	i := r.headerAt - int(r.frames-(it.frame+index-it.first))
	if i < 0 {
		i += len(r.facts)
	}
	return r.facts[i]
}

// frameAt returns the item of the frame with an index, nil where that is not held.
func (r *ring) frameAt(index uint64) *item {
	if index < r.oldest() || index > r.last {
		return nil
	}
	if it := r.item(r.seek(index)); it.notice == nil {
		return it
	}
	return nil
}
