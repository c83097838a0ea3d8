package capture

import (
	"time"

	"anytls-inspect/protocol"
)

// An Application is what a rule does to a frame, as an [Applied] event tells it: once when
// the rule is applied and, where the frame waits from then on, once more when it waits no
// longer. What became of the frame in the end is the [session.Fate] of its Data event.
type Application struct {
	Rule     uint16          // the rule's number, from 1
	Action   string          // what it does, in a word, such as "delay"
	Header   protocol.Header // of the frame; that of a preamble has only Length, the length of padding0
	Preamble bool
	// All says that the whole direction is touched with the frame: all of it waits behind the
	// frame, or nothing more is read of it (stall), or it ends (cut). A preamble holds up all.
	All   bool
	Waits bool // the frame is not written yet: another event tells when it waits no longer
	// Ended says that the frame has waited, and waits no longer; or, of a stall, that its sender
	// is read again.
	Ended bool
	// Held is how long that was, where it has ended.
	Held time.Duration
	// Again says that the application was told before: this is another step of the same rule
	// with the same frame, or what came of one. It counts only once.
	Again bool
	// Undone says that nothing was done, for what Text says.
	Undone bool
	// Text says in words, printable, what is done, and why where it did not go as the rule
	// says, such as "for 4s" or "released: the server has ended its stream".
	Text string
}
