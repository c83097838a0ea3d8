package rule

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// An Action is what a step does.
type Action uint8

// The actions.
const (
	Delay     Action = iota // the frame goes on later
	Hold                    // the frame waits until it is released, or until its time is up
	Throttle                // the frame goes on when the rate allows it
	Drop                    // the frame goes nowhere
	Duplicate               // a copy of the frame follows it
	Replace                 // another frame goes in its place
	Corrupt                 // it goes on with one bit changed
	Insert                  // another frame goes before it, behind it, or the other way
	Split                   // its bytes are cut into several records
	Join                    // its bytes are put into one record, or as few as can be
	Stall                   // nothing more is read from its sender for a while
	Cut                     // the frame goes nowhere, and the connection ends
)

// String returns the action's word, as a rule has it.
func (a Action) String() string {
	if int(a) < len(actions) {
		return actions[a]
	}
	return fmt.Sprintf("action(%d)", uint8(a))
}

// actions is indexed by action. It is never written to.
var actions = [...]string{
	"delay", "hold", "throttle", "drop", "duplicate", "replace", "corrupt", "insert", "split", "join", "stall", "cut",
}

// An End is how a connection is cut.
type End uint8

// How a connection can be cut.
const (
	Reset       End = iota // by a TCP reset
	CloseNotify            // by TLS's close_notify, and then the end of the TCP stream
	FIN                    // by the end of the TCP stream alone
)

// String returns the end's word, as a rule has it.
func (e End) String() string { return [...]string{"reset", "close_notify", "fin"}[min(e, FIN)] }

// A Step is one thing that is done with a frame. Which fields count depends on Action.
type Step struct {
	Rule   uint16 // the number of the rule that it is of, from 1
	Action Action

	// Wait is how long the frame waits (Delay, Throttle), waits at the latest (Hold), or for
	// how long nothing is read (Stall).
	Wait time.Duration
	// All makes all of the direction wait behind the frame, and not its stream alone.
	All bool // Delay, Hold, Throttle

	// Change returns the bytes that go in the place of a whole frame's, or of the preamble's.
	// It is pure, and keeps nothing of wire. What it returns need not be a frame.
	Change func(wire []byte) []byte // Replace, Corrupt

	// Made is what is inserted: a record's bytes, mostly one whole frame.
	Made []byte // Insert
	// Toward is where it goes (Insert), or whose connection is cut (Cut, unless Both).
	Toward protocol.Peer
	Behind bool // Insert: it goes behind the frame, and not before it; in the frame's direction only
	Both   bool // Cut: both connections are

	// Sizes are those of the first records, in bytes; the last one has the rest.
	Sizes []int // Split

	End End // Cut
}

// A Program is what is done with a frame, step by step, in order. An empty one lets it pass.
type Program []Step
