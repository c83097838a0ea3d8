package session

import (
	"time"

	"anytls-inspect/protocol"
)

// An Obligation is what one peer owes the other, and since when.
type Obligation struct {
	What   Debt
	By     protocol.Peer // who owes it
	Stream uint32        // 0 where it is about the session
	Since  time.Time     // when it was first owed
	Count  int           // how many of them there are: HeartResponses; else 1
}

// A Debt is a kind of obligation.
type Debt uint8

// The kinds of obligations.
const (
	OwesServerSettings Debt = iota // after the Settings of a client of version 2 (section cmdServerSettings)
	OwesSYNACK                     // after a SYN (section cmdSYNACK)
	OwesHeartResponse              // after a HeartRequest (section cmdHeartResponse)
	OwesEnd                        // after an Alert (section cmdAlert)
	OwesReading                    // after bytes were offered: see [Blocked]
)

// String returns the debt as the output calls it.
func (d Debt) String() string {
	return [...]string{"ServerSettings", "SYNACK", "HeartResponse", "end", "reading"}[min(d, OwesReading)]
}

// AppendOwed appends to dst what the peers owe, oldest first.
func (t *Tracker) AppendOwed(dst []Obligation) []Obligation { return dst }
