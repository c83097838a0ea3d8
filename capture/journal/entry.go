package journal

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// An Entry is a frame or a notice in the journal. A frame has no Notice, and a notice
// has none of the frame's fields.
type Entry struct {
	Index   uint64 // from 1, without holes
	At      time.Time
	Session capture.SessionID // 0 for what is about no session
	Notice  session.Notice    // nil for a frame
	// Route names the route, where there are several, that the session came by, or that
	// a Listen is of.
	Route string

	Dir      protocol.Direction
	Header   protocol.Header // that of a preamble has only Length, the length of padding0
	Preamble bool
	Target   bool // the data begins with the stream's target
	Cut      bool // the session ended, or bytes are missing, inside it
	Fate     session.Fate
	// Data is the beginning of the frame's data, as much as was kept. It is empty where
	// the reader did not ask for it, or where it was evicted.
	Data []byte
}

// IsFrame tells whether e is a frame or the preamble.
func (e *Entry) IsFrame() bool { return e.Notice == nil }

// IsLack tells whether e is a notice of what was not seen.
func (e *Entry) IsLack() bool {
	switch e.Notice.(type) {
	case Gap, Unseen, Order:
		return true
	default:
		return false
	}
}

// Waits tells whether e is the notice of a frame that a rule lets wait from then on, or with which
// it lets all wait that its sender sends.
func (e *Entry) Waits() bool {
	a, ok := e.Notice.(session.Application)
	return ok && (a.Waits || a.Stalls())
}

// Frame returns the frame that e is. Its data is e's own.
func (e *Entry) Frame() *session.Frame {
	return &session.Frame{
		At: e.At, Dir: e.Dir, Header: e.Header, Data: e.Data, Fate: e.Fate,
		Preamble: e.Preamble, Target: e.Target, Cut: e.Cut,
	}
}

// Name returns the name of a frame's command, or "preamble".
func (e *Entry) Name() string {
	if e.Preamble {
		return "preamble"
	}
	return e.Header.Command.String()
}

// speaks tells whether the frame's data says something in one line, as settings and
// targets do, and payload does not.
func (e *Entry) speaks() bool {
	switch e.Header.Command {
	case protocol.PSH:
		return e.Target
	case protocol.Waste:
		return false
	default:
		return !e.Preamble
	}
}

// entry fills in e with the nth entry of an item, but for the data of a frame. It
// returns how many bytes of that were kept at first.
func (r *ring) entry(it *item, nth uint64, e *Entry) (kept int) {
	e.Index, e.At, e.Session, e.Notice = it.first+nth, it.at, it.session, it.notice
	e.Route, e.Data = r.route(it.route), nil
	e.Dir, e.Fate, e.Preamble = it.dir, it.fate, it.flags&isPreamble != 0
	e.Target, e.Cut = it.flags&hasTarget != 0, it.flags&isCut != 0
	if it.notice != nil {
		e.Header = protocol.Header{}
		return 0
	}
	e.Header, kept = r.header(it, it.frame+nth)
	return kept
}
