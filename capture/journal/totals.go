package journal

import (
	"maps"
	"slices"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Totals count the whole run. They are exact, whatever was evicted since.
type Totals struct {
	Sessions, Streams, Frames uint64
	Wire                      protocol.ByDirection[uint64] // TLS plaintext in bytes
	// Heartbeats are by the peer that the requests went toward.
	Heartbeats    protocol.ByPeer[session.ByOrigin[session.Heartbeats]]
	Diagnostics   map[session.Code]uint64
	Worst         map[session.Code]session.Severity // of the diagnostics of each code
	Severities    map[session.Code]BySeverity       // how many of each code were how severe
	Incidents     []session.Incident                // those that are remembered, the worst first
	IncidentsEver uint64                            // how many there were
	Probes        uint64                            // clients that connected and ended without a byte
	Evicted       uint64                            // entries that are no longer held
	// BytesEvicted is how many bytes of frames' data were kept at first, and are no
	// longer held.
	BytesEvicted uint64
	// SessionsEvicted is how many closed sessions are no longer held.
	SessionsEvicted uint64
	// Blocked says how bytes of a direction stood still for a second or more, in all
	// sessions. Times that are not over yet are not in it.
	Blocked protocol.ByDirection[Standstill]
	// Withheld says why HeartRequests of the relay toward a peer could not be sent, in all
	// sessions. Times that are not over yet are not in it.
	Withheld   protocol.ByPeer[[]Withholding]
	Evidence   EvidenceTotals
	Passing    Passing
	Outcomes   Outcomes
	Overruled  Overruled
	Rules      []RuleTotal     // those of the run, by number; empty where it has none
	Outputs    []OutputFailure // the outputs that failed, in that order; not to be written to
	series     protocol.ByPeer[session.Series]
	severities BySeverity // of all diagnostics
	still      Still
	// rules are the rules by number, and applications how often any was applied.
	rules        map[uint16]RuleTotal
	applications uint64
}

// BySeverity counts diagnostics. It is indexed with a [session.Severity].
type BySeverity [session.Error + 1]uint64

// add counts a session's draft.
func (t *Totals) add(s *trackedSession) {
	d := &s.draft
	t.Frames += d.frames
	t.Streams += d.streams
	t.Wire[0] += d.wire[0]
	t.Wire[1] += d.wire[1]
	if d.asked {
		for toward := range d.requests {
			for o, n := range d.requests[toward] {
				t.Heartbeats[toward][o].Sent += n
			}
		}
	}
	if s.cuts {
		t.cut(s)
	}
	t.passed(s)
	if d.lack != nil {
		t.Evidence.add(d.lack)
	}
	for _, stop := range d.stops {
		t.stood(stop)
	}
	if d.stands {
		now := s.standing.still()
		t.still.change(s.still, now)
		s.still = now
	}
}

// diagnostic counts a diagnostic.
func (t *Totals) diagnostic(d session.Diagnostic) {
	t.Diagnostics[d.Code]++
	t.Worst[d.Code] = max(t.Worst[d.Code], d.Severity)
	t.severities[d.Severity]++
	of := t.Severities[d.Code]
	of[d.Severity]++
	t.Severities[d.Code] = of
}

// heartbeat counts what became of a HeartRequest.
func (t *Totals) heartbeat(r session.HeartbeatResult) {
	h := &t.Heartbeats[r.Toward][r.Origin]
	switch {
	case r.Unsupported:
		h.Unsupported++
		return
	case r.Lost:
		h.Lost++
		t.series[r.Toward].Add(session.LostSample)
		return
	case r.Late:
		h.Late++
	default:
		h.Answered++
		t.series[r.Toward].Add(r.RTT)
	}
	if r.Estimated {
		h.Estimated++
	}
	h.Last = r.RTT
	h.Add(r.RTT)
}

// cut counts the heartbeats of a session of which nothing more will be known, since a peer
// is gone or the session ended.
func (t *Totals) cut(s *trackedSession) {
	for toward := range t.Heartbeats {
		for o := range t.Heartbeats[toward] {
			n, counted := s.tracker.Heartbeats(protocol.Peer(toward), session.Origin(o)).Cut, &s.cut[toward][o]
			t.Heartbeats[toward][o].Cut += n - *counted
			*counted = n
		}
	}
}

// Totals returns a copy of the totals.
func (j *Journal) Totals() Totals {
	opened, evicted := j.sessions.counts()
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	t := j.totals
	t.Sessions, t.SessionsEvicted = opened, evicted
	t.Incidents, t.IncidentsEver = j.incidents.Held().List(), j.incidents.Count()
	t.Evicted, t.BytesEvicted = j.ring.evicted(), j.ring.overwritten()
	t.Rules, t.rules = t.ruleList(), nil
	t.Evidence = t.Evidence.copy()
	t.Passing.Busy.Streams, t.Overruled = j.movers.most, maps.Clone(t.Overruled)
	t.Diagnostics, t.Worst, t.Severities = maps.Clone(t.Diagnostics), maps.Clone(t.Worst), maps.Clone(t.Severities)
	for toward := range t.Heartbeats {
		t.Withheld[toward] = slices.Clone(t.Withheld[toward])
		for o := range t.Heartbeats[toward] {
			// Copying the struct shares the histogram with the journal.
			h := &t.Heartbeats[toward][o]
			var own session.RoundTrips
			own.Merge(h.RoundTrips)
			h.RoundTrips = own
		}
	}
	return t
}

// Toward returns the figures of the heartbeats toward a peer.
func (t *Totals) Toward(p protocol.Peer) session.TowardFigures {
	h := &t.Heartbeats[p]
	var all session.Heartbeats
	all.Merge(&h[session.OriginRelay])
	all.Merge(&h[session.OriginPeer])
	return session.TowardFigures{
		Figures: all.Figures(), Injected: h[session.OriginRelay].Figures(), Own: h[session.OriginPeer].Figures(),
	}
}
