package session

import (
	"time"

	"anytls-inspect/protocol"
)

// An Application is the notice of what a rule does to a frame: once when the rule is applied
// and, where the frame waits from then on, once more when it waits no longer. What became of
// the frame in the end is its [Fate].
type Application struct {
	Rule     uint16 // the rule's number, from 1
	Action   string // what it does, in a word, such as "delay"
	Dir      protocol.Direction
	Header   protocol.Header // of the frame; that of a preamble has only Length, the length of padding0
	Preamble bool
	// All says that the whole direction is touched with the frame: all of it waits behind the
	// frame, or nothing more is read of it, or it ends.
	All   bool
	Waits bool // the frame is not written yet: another notice tells when it waits no longer
	// Ended says that the frame has waited, and waits no longer; or, of a stall, that its sender is
	// read again.
	Ended bool
	Held  time.Duration // how long that was, where it has ended
	// Again says that the application was told before: this is another step of the same rule
	// with the same frame, or what came of one. It counts only once.
	Again bool
	// Undone says that nothing was done, for what Text says.
	Undone bool
	Text   string // what is done in words, and why where it did not go as the rule says; printable
}

// NoticeName implements [Notice].
func (Application) NoticeName() string { return "rule" }

// Name returns what the rule was applied to: the command's name, or "preamble".
func (a *Application) Name() string {
	if a.Preamble {
		return "preamble"
	}
	return a.Header.Command.String()
}

// Stalls tells whether nothing more is read of the frame's sender from here on, for a while. The
// frame itself goes on.
func (a *Application) Stalls() bool { return a.Action == actionStall && !a.Ended && !a.Undone }

// whole tells whether the whole direction is touched.
func (a *Application) whole() bool {
	return a.All || a.Preamble && a.Waits || a.Action == actionCut
}

// What those actions are called that mean more than others.
const (
	actionDrop  = "drop"
	actionMake  = "make" // no rule's word: it is of a frame that one makes
	actionStall = "stall"
	actionCut   = "cut"
)

// Applied tells the tracker what a rule does to a frame that a peer sent. Where that is why
// something is odd later, the diagnostic names the rule.
func (t *Tracker) Applied(at time.Time, a Application) {
	if t.closed {
		return
	}
	t.Tick(at)
	if a.Undone {
		t.handler.Notice(a)
		return
	}
	if !a.Ended && !a.Again {
		t.hears(&t.side[a.Dir], at)
	}
	if t.touched == nil {
		t.touched = new(touches)
	}
	t.touched.take(at, &a)
	if a.Ended {
		t.asks() // what was not judged meanwhile
	}
	t.handler.Notice(a)
}

// hears takes note that a peer sent something that came at a time: also where the relay keeps
// it, or holds it back.
func (t *Tracker) hears(s *side, came time.Time) {
	if s.heardIn != t.stretch.number {
		s.heardIn = t.stretch.number
		t.mayHaveStood(came, s)
	}
	t.st.LastAt[s.dir] = later(t.st.LastAt[s.dir], came)
	if s.silent {
		t.heardAgain(s)
	}
	if path := t.paths[s.dir.Sender()]; path != nil {
		path.hear(came)
		t.blind(s.dir.Sender(), false)
	}
}
