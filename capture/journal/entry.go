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
	kept    uint32            // how many bytes of its data were kept
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

	// prev and next are the indices of the session's frames before and after this one;
	// 0 where there is none.
	prev, next uint64
	at         uint64 // where its data begins, in bytes ever written to the data ring
}

// IsFrame tells whether e is a frame or the preamble.
func (e *Entry) IsFrame() bool { return e.Notice == nil }

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
