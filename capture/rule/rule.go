package rule

import (
	"sync/atomic"
	"time"

	"anytls-inspect/capture/expression"
	"anytls-inspect/protocol"
)

// A Rule is a compiled rule. It is safe for concurrent use.
type Rule struct {
	number     uint16
	source     string
	text       string // the source with one space between its words
	shown      string // the same without passwords
	actions    []action
	where      string                 // the expression
	expression *expression.Expression // it is never run, but cloned
	data       bool                   // it uses text
	// never has the commands of a direction's frames that the expression can't choose, a bit a
	// code: for most frames there is no need to ask it.
	never protocol.ByDirection[uint16]

	limit  uint64        // it applies so often in the run; 0: always
	every  uint64        // it applies at each match whose number this divides; 0: at all
	chance float64       // it applies so often of 1; 0: always
	after  time.Duration // it applies from this age of a session on
	span   time.Duration // and for so long; 0: for ever
	toward protocol.Peer // the receiver of the frames that it looks at, where it is aimed
	aimed  bool

	on      atomic.Bool
	applied atomic.Uint64
	warned  atomic.Bool
	removed atomic.Bool
}

// An action is a part of a rule: what is done with a frame. Which fields count depends on do.
type action struct {
	do      Action
	wait    time.Duration // delay, stall; hold: 0 as the command says
	all     bool          // delay, hold, throttle
	rate    float64       // throttle: bytes per second
	copies  int           // duplicate
	part    part          // replace, corrupt
	wire    []byte        // replace: data or a whole frame; insert: what is inserted
	stream  uint32        // replace
	command protocol.Command
	behind  bool          // insert
	toward  protocol.Peer // insert, cut: where, where it is aimed
	aimed   bool
	sizes   []int // split
	end     End   // cut
}

// aims tells whether toward says where the action goes.
func (a *action) aims() bool { return a.do == Insert || a.do == Cut }

// ends tells whether nothing can be done with a frame behind the action.
func (a *action) ends() bool { return a.do == Drop || a.do == Cut }

// ends tells whether nothing can be done with a frame behind the rule.
func (r *Rule) ends() bool { return r.actions[len(r.actions)-1].ends() }

// Number returns the rule's number, from 1. It is 0 while the rule is in no [Book].
func (r *Rule) Number() uint16 { return r.number }

// Source returns the rule as it was written.
func (r *Rule) Source() string { return r.source }

// String returns the rule with one space between its words. It parses to the same rule.
func (r *Rule) String() string { return r.text }

// Shown returns what String does, but for the password of a preamble, which is the credential:
// it is for what is handed on, such as reports.
func (r *Rule) Shown() string { return r.shown }

// On tells whether the rule is on. [Book.Set] switches it.
func (r *Rule) On() bool { return r.on.Load() }

// Applied returns how often the rule was applied.
func (r *Rule) Applied() uint64 { return r.applied.Load() }

// LooksIntoData tells whether the rule looks into frames' data: then every frame is gathered
// whole before it is judged.
func (r *Rule) LooksIntoData() bool { return r.data }

// Actions returns the words of what the rule does, in order, such as "delay".
func (r *Rule) Actions() []string {
	words := make([]string, len(r.actions))
	for i := range r.actions {
		words[i] = r.actions[i].do.String()
	}
	return words
}

// claim takes one of the rule's applications, and returns false where none is left.
func (r *Rule) claim() bool {
	for {
		n := r.applied.Load()
		if r.limit != 0 && n >= r.limit {
			return false
		}
		if r.applied.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// within tells whether the rule applies at this age of a session.
func (r *Rule) within(age time.Duration) bool {
	return age >= r.after && (r.span == 0 || age-r.after < r.span)
}

// framesOnly tells whether the rule can't be applied to a preamble, which has no stream id
// and no command.
func (r *Rule) framesOnly() bool {
	for i := range r.actions {
		if a := &r.actions[i]; a.do == Replace && (a.part == streamID || a.part == command) {
			return true
		}
	}
	return false
}
