package relay

import (
	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// Inject implements [capture.LiveSession].
func (s *liveSession) Inject(in capture.Insert) (capture.Outcome, error) {
	l := s.relay.linksOf(s)[in.Toward.Toward()]
	if l == nil {
		return 0, capture.ErrNotAuthenticated
	}
	return l.inject(in, s.relay.ticket())
}

// Waiting implements [capture.LiveSession].
func (s *liveSession) Waiting() (waiting []capture.Waiting) {
	for _, toward := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		if l := s.relay.linksOf(s)[toward.Toward()]; l != nil {
			waiting = l.waiting(waiting)
		}
	}
	return waiting
}

// Cancel implements [capture.LiveSession].
func (s *liveSession) Cancel(t capture.Ticket) bool {
	for _, l := range s.relay.linksOf(s) {
		if l != nil && l.cancel(t) {
			return true
		}
	}
	return false
}

// Release implements [capture.LiveSession].
func (s *liveSession) Release(t capture.Ticket) bool {
	for _, l := range s.relay.linksOf(s) {
		if l != nil && l.letGo(t) {
			return true
		}
	}
	return false
}
