package journal

import (
	"maps"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Totals are exact for the whole run, whatever was evicted since.
type Totals struct {
	Sessions, Streams, Frames uint64
	Wire                      protocol.ByDirection[uint64] // TLS plaintext in bytes
	// Heartbeats are by the peer that the requests went toward.
	Heartbeats  protocol.ByPeer[session.ByOrigin[session.Heartbeats]]
	Diagnostics map[session.Code]uint64
	Evicted     uint64 // frames and events that are no longer held
	// BytesEvicted is how many bytes of frames' data, of those that were kept at
	// first, are no longer held.
	BytesEvicted uint64
	// SessionsEvicted is how many closed sessions are no longer held.
	SessionsEvicted uint64
	series          protocol.ByPeer[session.Series]
}

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
	h.Last = r.RTT
	h.Add(r.RTT)
}

// cut counts the heartbeats that waited when a session ended.
func (t *Totals) cut(tracker *session.Tracker) {
	for toward := range t.Heartbeats {
		for o := range t.Heartbeats[toward] {
			t.Heartbeats[toward][o].Cut += tracker.Heartbeats(protocol.Peer(toward), session.Origin(o)).Cut
		}
	}
}

// Totals returns a copy of the totals.
func (j *Journal) Totals() Totals {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.copyTotals()
}

func (j *Journal) copyTotals() Totals {
	t := j.totals
	t.Evicted, t.BytesEvicted = j.ring.evicted(), j.ring.overwritten()
	t.Diagnostics = maps.Clone(j.totals.Diagnostics)
	for toward := range t.Heartbeats {
		for o := range t.Heartbeats[toward] {
			// The histogram is shared with the journal: take a copy.
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
	all.Merge(&h[session.Injected])
	all.Merge(&h[session.Own])
	return session.TowardFigures{
		Figures: all.Figures(), Injected: h[session.Injected].Figures(), Own: h[session.Own].Figures(),
	}
}
