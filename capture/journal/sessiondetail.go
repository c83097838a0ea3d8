package journal

import (
	"maps"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// AskSession asks for all that is known of a session itself. The answer is a
// [SessionDetail], nil where the session is not held.
type AskSession struct{ ID capture.SessionID }

// A SessionDetail is a session in detail.
type SessionDetail struct {
	SessionRow
	Framing protocol.ByDirection[session.FramingState]
	// Inside is the header of the frame that a direction is inside of, and Left how many
	// bytes of its data are still to come; both are zero between frames.
	Inside protocol.ByDirection[protocol.Header]
	Left   protocol.ByDirection[int]
	Codes  map[session.Code]uint64 // diagnostics
	Worst  map[session.Code]session.Severity
	// ServerTLS is that of the relay's leg with the server; nil where there is one
	// connection. It must not be changed.
	ServerTLS *capture.TLS
}

func (a AskSession) answer(j *Journal) *SessionDetail {
	s := j.sessions.find(a.ID)
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.detail()
}

func (a AskSession) asOf(s *Snapshot) *SessionDetail {
	if p := s.find(a.ID); p != nil {
		return p.detail()
	}
	return nil
}

// detail returns the session in detail. s.mu is held, or the session closed.
func (s *trackedSession) detail() *SessionDetail {
	d := &SessionDetail{
		SessionRow: s.row(), Codes: make(map[session.Code]uint64), Worst: maps.Clone(s.worst), ServerTLS: s.serverTLS,
	}
	for dir := range d.Framing {
		f := s.tracker.Framing(protocol.Direction(dir))
		d.Framing[dir] = f.State()
		d.Inside[dir], d.Left[dir], _ = f.Pending()
	}
	maps.Copy(d.Codes, s.tracker.Diagnostics())
	return d
}
