package gate

import (
	"time"

	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// Rules say what is done with the frames of one direction. [rule.Judge] is one: its doc
// comments say what the methods do.
type Rules interface {
	On() bool
	NeedsData() bool
	Frame(now time.Time, h protocol.Header, preamble bool, data []byte, whole bool) rule.Program
}

// A Part is the gate's order to the link about a part of a record under rules. What an order
// to pass, and one to absorb, has as Data follows what the last one had, but for what was
// gathered between them. The link carries out a part before it asks for the next one.
type Part struct {
	Order Order // Pass, Absorb, Insert, or one of those below
	// Data is in the buffer that the gate was given (Pass, Absorb), or the gate's own (Late),
	// and valid until the next record.
	Data []byte
	// Cuts is where records ended in Data, but for the last one, which ends with it.
	Cuts  []int  // Late
	At    int64  // Absorb: the number of its first byte, from 1, among all that its sender sent
	Frame *Frame // Whole: the link's from now on
}

// The orders that only rules cause.
const (
	Gather Order = iota + Insert + 1 // bytes of the record are kept by the gate: nothing is written
	Whole                            // carry out the program of a whole frame, whose last bytes end here in the record
	Late                             // write what earlier records had of a frame that no rule touches
	Lose                             // the framing is lost: what waits goes first
)

// A Frame is a whole frame that came, or the preamble, with what is to be done with it.
type Frame struct {
	Wire     []byte          // all of it
	At       int64           // the number of its first byte, from 1, among all that its sender sent
	Header   protocol.Header // that of a preamble has only Length, the length of padding0
	Preamble bool
	Program  rule.Program // empty: it goes on, behind what it waits for
	Absorb   bool         // it answers the relay, and goes nowhere
}

// A Queue is what the link tells the gate of its outbox.
type Queue interface {
	// Queued tells whether a frame of a stream must wait behind one that came before it.
	Queued(stream uint32) bool
	// Due tells whether something could be written now, between two frames.
	Due() bool
}
