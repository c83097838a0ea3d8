package session

import (
	"time"

	"anytls-inspect/protocol"
)

// A Handler is told all that a [Tracker] makes of the bytes, in order. The tracker
// calls it from within its own methods; the Handler must not call those that take
// bytes or time.
type Handler interface {
	// Frame is called with each whole frame, and with the preamble. The Frame
	// and its Data are valid until Frame returns.
	Frame(*Frame)
	// Notice is called after the frame that caused it, if one did. The Handler may
	// keep the notice. [Tracker.Now] tells when it happened.
	Notice(Notice)
}

// A Frame is one frame of the wire, or the auth preamble.
type Frame struct {
	At  time.Time // when its last byte was seen
	Dir protocol.Direction
	// Header is the frame's header. That of a preamble has only Length, the length of
	// padding0.
	Header protocol.Header
	// Data is the frame's data, up to [Config].Snap. That of a preamble is the
	// credential: it is not to be shown unless the user asks for it.
	Data     []byte
	Fate     Fate
	Preamble bool // the auth preamble
	Target   bool // the data begins with the stream's target
	Cut      bool // the session ended, or bytes are missing, inside it
}
