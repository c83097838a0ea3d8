package relay

import (
	"time"

	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// cut ends the connection with a peer, or with both, as a rule says.
func (s *liveSession) cut(st *rule.Step) {
	s.finish(session.ClosedByRelay, endedBy(st))
	for _, p := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		if !st.Both && st.Toward != p {
			continue
		}
		if st.End == rule.Reset {
			s.legs[p].Abort()
			continue
		}
		// A goroutine, since a peer that does not read keeps the end of its stream waiting. It
		// ends when that is written, and when its leg is closed at the latest.
		go endLeg(s.legs[p], st.End)
	}
	if st.Both {
		s.interrupt()
		s.mu.Lock()
		s.alarm(&s.cutting, lastPatience, s.reset) // for peers that don't end their own streams
		s.mu.Unlock()
	}
}

// endLeg ends the relay's stream toward a peer in good order, or without TLS's close_notify. It
// closes the leg of a peer that takes nothing.
func endLeg(l leg.Leg, how rule.End) {
	impatient := time.AfterFunc(closePatience, func() { _ = l.Close() })
	defer impatient.Stop()
	if how == rule.CloseNotify {
		_ = l.CloseNotify()
	}
	_ = l.Flush()
	_ = l.CloseWrite()
}

// interrupt ends the pauses of both links.
func (s *liveSession) interrupt() {
	for _, l := range s.links {
		if l != nil {
			l.interrupt()
		}
	}
}
