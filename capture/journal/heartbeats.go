package journal

import (
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// AskHeartbeats asks for the heartbeats of a session, or of all where the session is 0
// or not held. The answer is [Heartbeats].
type AskHeartbeats struct{ Session capture.SessionID }

// Heartbeats show the heartbeats toward each peer.
type Heartbeats = protocol.ByPeer[TowardHeartbeats]

// TowardHeartbeats show the heartbeats toward one peer.
type TowardHeartbeats struct {
	Injected, Own session.Figures
	Series        []time.Duration // round-trips, oldest first; [session.LostSample] for lost ones
}

func (a AskHeartbeats) answer(j *Journal) (shown Heartbeats) {
	if s := j.sessions.find(a.Session); s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.heartbeats()
	}
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	for p := range shown {
		h := &j.totals.Heartbeats[p]
		shown[p] = TowardHeartbeats{
			Injected: h[session.OriginRelay].Figures(), Own: h[session.OriginPeer].Figures(),
			Series: j.totals.series[p].Append(nil),
		}
	}
	return shown
}

func (a AskHeartbeats) asOf(s *Snapshot) Heartbeats {
	if p := s.find(a.Session); p != nil {
		return p.heartbeats()
	}
	return copyHeartbeats(s.heartbeats)
}

// heartbeats returns the session's heartbeats. s.mu is held, or the session closed.
func (s *trackedSession) heartbeats() (shown Heartbeats) {
	for p := range shown {
		peer := protocol.Peer(p)
		shown[p] = TowardHeartbeats{
			Injected: s.tracker.Heartbeats(peer, session.OriginRelay).Figures(),
			Own:      s.tracker.Heartbeats(peer, session.OriginPeer).Figures(),
			Series:   s.tracker.AppendSeries(nil, peer),
		}
	}
	return shown
}

// copyHeartbeats returns a copy that shares nothing with h.
func copyHeartbeats(h Heartbeats) Heartbeats {
	for p := range h {
		h[p].Series = slices.Clone(h[p].Series)
	}
	return h
}
