package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// heartRequest enters a request that travels in direction dir.
func (t *Tracker) heartRequest(at time.Time, dir protocol.Direction, stream uint32) {
	marks := t.side[dir].marks
	t.counts(dir, marks.Injected).Sent++
	if !t.side[dir].ledger.Ask(Request{At: at, Stream: stream, Injected: marks.Injected}) {
		t.cutHeartbeats(dir) // their answers can't be told apart any more
	}
}

// heartResponse settles the request that an answer, traveling in direction dir,
// belongs to.
func (t *Tracker) heartResponse(at time.Time, dir protocol.Direction, stream uint32) {
	asked := dir.Reverse()
	ledger := &t.side[asked].ledger
	s := ledger.SettleMarked(at, stream, t.side[dir].marks.Absorbed)
	if s.Unsolicited {
		if !ledger.Overflowed() {
			t.report(CodeHeartbeatUnsolicited, stream, dir, "HeartResponse that nobody asked for")
		}
		return
	}
	c := t.counts(asked, s.Injected)
	c.Last = s.RTT
	c.Record(s.RTT)
	if s.Expired {
		c.Late++
	} else {
		c.Answered++
		t.sample(asked, s.RTT)
	}
	t.obs.Event(HeartbeatResult{
		Toward: asked.Receiver(), Origin: origin(s.Injected), RTT: s.RTT, Late: s.Expired,
	})
}

// heartbeatLost gives up a request that has waited for too long.
func (t *Tracker) heartbeatLost(dir protocol.Direction, r Request) {
	c := t.counts(dir, r.Injected)
	result := HeartbeatResult{Toward: dir.Receiver(), Origin: origin(r.Injected)}
	if t.st.Version() < 2 {
		c.Unsupported++
		result.Unsupported = true
		t.obs.Event(result)
		return
	}
	c.Lost++
	result.Lost = true
	t.sample(dir, LostSample)
	t.obs.Event(result)
	t.report(CodeHeartbeatUnanswered, 0, dir, fmt.Sprintf("the %v did not answer within %v", dir.Receiver(), t.cfg.HeartbeatTimeout))
}

// cutHeartbeats gives up the requests of a direction that wait.
func (t *Tracker) cutHeartbeats(dir protocol.Direction) {
	for o := range t.heartbeats[dir.Receiver()] {
		c := &t.heartbeats[dir.Receiver()][o]
		c.Cut += c.Waiting()
	}
}

// counts returns the figures of the requests that travel in direction dir.
func (t *Tracker) counts(dir protocol.Direction, injected bool) *Heartbeats {
	return &t.heartbeats[dir.Receiver()][origin(injected)]
}

func (t *Tracker) sample(dir protocol.Direction, d time.Duration) {
	s := &t.series[dir.Receiver()]
	if *s == nil {
		*s = new(Series)
	}
	(*s).Add(d)
}

func origin(injected bool) Origin {
	if injected {
		return Injected
	}
	return Own
}

// Heartbeats returns the session's figures of heartbeats toward a peer, from one
// origin. They are the tracker's own: read them before the next call.
func (t *Tracker) Heartbeats(toward protocol.Peer, o Origin) *Heartbeats {
	return &t.heartbeats[toward][o]
}

// AppendSeries appends the most recent round-trips toward a peer, oldest first.
func (t *Tracker) AppendSeries(dst []time.Duration, toward protocol.Peer) []time.Duration {
	if t.series[toward] == nil {
		return dst
	}
	return t.series[toward].Append(dst)
}
