package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// heartRequest takes a request that travels in direction dir (section
// cmdHeartRequest).
func (t *Tracker) heartRequest(at time.Time, dir protocol.Direction, h protocol.Header) {
	if h.Stream != 0 {
		t.diagnose(CodeHeartbeatStreamID, h.Stream, dir, fmt.Sprintf("HeartRequest with stream id %d", h.Stream))
	}
	injected := t.side[dir].fate.Made()
	t.counts(dir, injected).Sent++
	t.controlled(&t.side[dir], h)
	if t.gone(dir.Receiver()) {
		t.cutHeartbeats(dir) // nobody is there to answer
		return
	}
	ledger := &t.side[dir].ledger
	if ledger.owed == 0 {
		t.side[dir.Reverse()].behind = flow{}
		t.side[dir].follower.asked(at)
	}
	if !ledger.Ask(Request{At: at, Stream: h.Stream, Injected: injected}) {
		t.cutHeartbeats(dir) // their answers can't be told apart any more
	}
	t.asks()
	if len(t.early) > 0 {
		t.answeredEarly(dir, h.Stream)
	}
}

// heartResponse takes an answer that travels in direction dir, and settles the
// request that it belongs to.
func (t *Tracker) heartResponse(at time.Time, dir protocol.Direction, h protocol.Header) {
	if t.side[dir].fate.Made() {
		return // the peer that was asked knows nothing of it, and gives an answer of its own
	}
	t.settle(at, dir, h.Stream)
}

// settle settles a request by an answer that travels in direction dir, with a stream id.
func (t *Tracker) settle(at time.Time, dir protocol.Direction, stream uint32) {
	asked := dir.Reverse()
	ledger := &t.side[asked].ledger
	shaken := t.isShaken()
	doubt := ledger.shifted || shaken || !t.inOrder()
	s := ledger.SettleMarked(at, stream, t.side[dir].fate.Kind == Absorbed)
	if s.Unsolicited {
		if !ledger.Overflowed() && !shaken && !t.dark(asked) {
			t.unsolicited(dir, stream)
		}
		return
	}
	if stream != s.Stream && !doubt && !s.Expired {
		t.wrongStream(dir, stream, s.Stream)
	}
	rtt := t.span(s.At, at)
	s.Estimated = s.Estimated || shaken || rtt != s.RTT
	s.RTT = rtt
	if path := t.paths[asked.Receiver()]; path.ignored() {
		path.ignores.Store(false)
	}
	c := t.counts(asked, s.Injected)
	if s.Expired && c.Late == c.Lost+c.Unsupported {
		return // it was cut when its time was up, since an answer could not have been seen
	}
	c.Last = s.RTT
	c.Add(s.RTT)
	if s.Estimated {
		c.Estimated++
	}
	if s.Expired {
		c.Late++
	} else {
		c.Answered++
		t.sample(asked, s.RTT)
	}
	t.handler.Notice(HeartbeatResult{
		Toward: asked.Receiver(), Origin: origin(s.Injected), RTT: s.RTT, Late: s.Expired, Estimated: s.Estimated,
	})
	t.lateFlush(asked, s)
	t.side[asked].follower.settled(ledger.owed, ledger.oldest())
	if !s.Expired {
		t.slow(asked, s)
	}
	t.side[dir].behind = flow{}
}

// unsolicited diagnoses an answer that nobody asked for, unless its request may come yet. What
// the relay absorbs, it asked for: the request is missing, though no gap may be known yet. Of what
// it dropped, it may have dropped the request.
func (t *Tracker) unsolicited(dir protocol.Direction, stream uint32) {
	fault := Diagnostic{
		Code: CodeHeartbeatUnsolicited, Severity: CodeHeartbeatUnsolicited.Spec().Severity,
		Stream: stream, Dir: dir, Text: "HeartResponse that nobody asked for",
	}
	fate := t.side[dir].fate
	blameless := fate.Kind == Absorbed || !fate.Kind.counts()
	if !t.tooEarly(early{dir: dir, id: stream, fault: fault, blameless: blameless}) && !blameless {
		t.hand(fault)
	}
}

// wrongStream diagnoses an answer with another stream id than its request.
func (t *Tracker) wrongStream(dir protocol.Direction, got, want uint32) {
	t.diagnose(CodeHeartbeatWrongStream, got, dir, fmt.Sprintf("HeartResponse with stream id %d to a HeartRequest with %d", got, want))
	if got != 0 {
		t.diagnose(CodeHeartbeatStreamID, got, dir, fmt.Sprintf("HeartResponse with stream id %d", got))
	}
}

// slow judges the round-trip of a request that traveled in direction asked.
func (t *Tracker) slow(asked protocol.Direction, s Settlement) {
	held := t.wasBlocked(s.At) // the cause is known
	if s.RTT > SlowHeartbeat+t.st.Evidence.Within {
		text := fmt.Sprintf("the %v answered after %v", asked.Receiver(), s.RTT.Round(time.Microsecond))
		if held {
			text += ": it stood behind bytes that did not move"
		}
		t.diagnoseWait(CodeHeartbeatSlow, 0, asked, Wait{For: asked.Receiver(), Since: s.At}, text)
	}
	best := &t.side[asked].best
	switch {
	case held:
	case s.RTT-*best >= stallTime+t.st.Evidence.Within:
		t.stalled(asked, s.Request, "took "+s.RTT.Round(time.Millisecond).String())
	default:
		t.side[asked].blamed = 0
	}
	if *best == 0 || s.RTT < *best {
		*best = s.RTT
	}
}

// heartbeatLost gives up a request that was not answered within the timeout. Where a peer had left
// the session by then, nobody owed the answer any more: the peer that stayed ends the session when
// it will, and one that answers nonetheless has answered.
func (t *Tracker) heartbeatLost(dir protocol.Direction, r Request) {
	c := t.counts(dir, r.Injected)
	if t.dark(dir.Reverse()) || !t.versionSeen() || t.someGone() || t.side[dir].mislaid {
		c.Cut++ // an answer could not be seen, or it is not known whether one is owed, or none is
		return
	}
	result := HeartbeatResult{Toward: dir.Receiver(), Origin: origin(r.Injected)}
	if t.st.Version() < 2 {
		c.Unsupported++
		result.Unsupported = true
		t.handler.Notice(result)
		return
	}
	c.Lost++
	result.Lost = true
	t.sample(dir, LostSample)
	t.handler.Notice(result)
	text := fmt.Sprintf("the %v did not answer within %v", dir.Receiver(), t.cfg.HeartbeatTimeout)
	if t.holds(OwesHeartResponse, dir.Receiver(), 0) {
		t.diagnoseWait(CodeHeartbeatUnanswered, 0, dir, t.waitBeside(dir.Receiver(), r.At), text)
		return
	}
	s := &t.side[dir]
	if s.firstLost.IsZero() {
		s.firstLost = r.At
	}
	if path := t.paths[dir.Receiver()]; path != nil && t.ignoresHeartbeats(dir.Receiver()) {
		path.ignores.Store(true)
	}
	behind, wait := t.standsBehind(dir, r.At)
	if behind != "" {
		t.diagnoseWait(CodeHeartbeatUnanswered, 0, dir, wait, text+": "+behind)
		return
	}
	waited := t.wasBlocked(r.At)
	if waited {
		text += "; meanwhile bytes did not move for a while"
	}
	t.diagnoseWait(CodeHeartbeatUnanswered, 0, dir, wait, text)
	if s.lost.IsZero() || t.st.LastAt[dir.Reverse()].After(s.lost) {
		s.lost = r.At
	}
	if waited {
		return
	}
	how := byPeer
	if t.stalled(dir, r, fmt.Sprintf("had no answer within %v", t.cfg.HeartbeatTimeout)) {
		how = byStream
	} else if !t.inOrder() {
		how = byStream // which were open when it was sent is not sure
	}
	t.broke(dir.Receiver(), how)
}

// cutHeartbeats gives up all requests of a direction that wait: nothing more will
// be known of them.
func (t *Tracker) cutHeartbeats(dir protocol.Direction) {
	for o := range t.heartbeats[dir.Receiver()] {
		c := &t.heartbeats[dir.Receiver()][o]
		c.Cut += c.Waiting()
	}
}

// counts returns the counts of the requests that travel in direction dir.
func (t *Tracker) counts(dir protocol.Direction, injected bool) *Heartbeats {
	return &t.heartbeats[dir.Receiver()][origin(injected)]
}

// sample adds a round-trip, or [LostSample], to the series of a direction's
// requests.
func (t *Tracker) sample(dir protocol.Direction, d time.Duration) {
	s := &t.series[dir.Receiver()]
	if *s == nil {
		*s = new(Series)
	}
	(*s).Add(d)
}

func origin(injected bool) Origin {
	if injected {
		return OriginRelay
	}
	return OriginPeer
}

// Heartbeats returns the counts of heartbeats toward a peer, from one origin. They
// are the tracker's own: read them before the next call.
func (t *Tracker) Heartbeats(toward protocol.Peer, o Origin) *Heartbeats {
	return &t.heartbeats[toward][o]
}

// AppendSeries appends the most recent round-trips toward a peer to dst, oldest
// first.
func (t *Tracker) AppendSeries(dst []time.Duration, toward protocol.Peer) []time.Duration {
	if t.series[toward] == nil {
		return dst
	}
	return t.series[toward].Append(dst)
}
