package session

import (
	"time"

	"anytls-inspect/protocol"
)

// An Handler is told all that a [Tracker] makes of the bytes, in order.
type Handler interface {
	// Frame is called with each whole frame, and with the preamble. The Frame
	// and its Data are valid until Frame returns.
	Frame(*Frame)
	// Notice is called after the frame that caused it, if one did. The event is
	// the observer's to keep.
	Notice(Notice)
}

// A Frame is one frame of the wire, or the auth preamble.
type Frame struct {
	At  time.Time // when its last byte was seen
	Dir protocol.Direction
	// Header is the frame's. For a preamble it is zero but for Length, the
	// length of padding0.
	Header protocol.Header
	// Data is the frame's data, up to the tracker's snap length. For a preamble
	// it is the credential: never to be shown unless asked for.
	Data []byte
	Marks
	Preamble bool // the auth preamble
	Target   bool // the data begins with the stream's target
	Cut      bool // the session ended, or bytes are missing, inside it
}

// Marks are what the source of the bytes knows of them.
type Marks struct {
	Injected bool // the relay made this frame
	Absorbed bool // an answer to the relay, which did not forward it
}
