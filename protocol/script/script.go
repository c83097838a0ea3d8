package script

import (
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Script is what happens in one or more sessions.
type Script struct {
	// Config holds the words of the config lines, in their order.
	Config []protocol.KeyValue
	// Steps are what happens, in order.
	Steps []Step
}

// A Kind says what a [Step] is.
type Kind uint8

// The kinds of steps.
const (
	// Data is bytes that a peer sent.
	Data Kind = iota
	// Wait is time that passes.
	Wait
	// Gap is bytes that a capture lacks.
	Gap
	// Unseen is that nothing more of a direction is seen.
	Unseen
	// Order is how far order and times of the two directions are known.
	Order
	// Gone is a peer's end, while the other keeps the session open.
	Gone
	// Blocked is bytes of a direction that do not move toward their receiver.
	Blocked
	// Unblocked is that they move again.
	Unblocked
	// Waits is heartbeats of the relay's that can't be sent.
	Waits
	// Goes is that they can be sent again.
	Goes
	// TLSFailed is TLS that failed with a peer.
	TLSFailed
	// Close is the end of a session.
	Close
	// Open is the beginning of a session whose client's address is known.
	Open
	// Rule is that a rule was applied to a frame, or that a frame waits no longer that a rule
	// held.
	Rule
)

// A Step is one thing that happens. Each field after Session is of the kinds that its
// comment names, and zero in others.
type Step struct {
	Kind    Kind
	Line    int    // in the text that was parsed, from 1; 0 elsewhere
	Session uint32 // its number

	// Dir is the direction of Data, Gap, Unseen, Blocked, Unblocked and Rule. Its sender is the peer that
	// is Gone, that heartbeats go toward (Waits, Goes), or that TLS failed with.
	Dir protocol.Direction
	// Wire is the bytes of Data: one TLS record's, or a part of them. They are the
	// step's own, and nil where there are none.
	Wire []byte
	// Raw says that Data is to be shown as bytes, also where they could be one frame.
	Raw bool
	// Continues says that the record goes on in the direction's next step.
	Continues bool
	Fate      session.Fate   // of Data
	Wait      time.Duration  // how long a Wait is
	Missing   int64          // how many bytes a Gap is; -1: not known
	Within    time.Duration  // Order: by how much the times may be off
	Uncertain bool           // Order: not even the order is known
	Bytes     uint64         // Blocked: how many wait
	Silent    bool           // Blocked: the receiver's TCP does not acknowledge them
	For       time.Duration  // Blocked, Waits: for how long already
	By        session.Closer // Close: who ended the session
	// Applied is what the rule does (Rule). Its direction is Dir, too.
	Applied session.Application
	Text    string // Close: why, or empty; Waits, TLSFailed, Unseen: why; Open: where the client comes from
}
