package relay

import (
	"fmt"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol/session"
)

// tell hands an application of a rule to the sink. l.mu is held.
func (l *link) tell(a *capture.Application) {
	if !l.hushed {
		l.emit(&capture.Event{Kind: capture.Applied, At: l.since, Dir: l.dir, Application: a})
	}
}

// applied tells that a step is done with a frame.
func (l *link) applied(p *passage, st *rule.Step, text string, waits bool) {
	l.tellStep(p, st, capture.Application{All: touchesAll(p, st), Waits: waits, Text: text})
}

// undone tells that a step is not done with a frame, and why.
func (l *link) undone(p *passage, st *rule.Step, why string) {
	l.tellStep(p, st, capture.Application{Undone: true, Text: notDone + why})
}

// notDone stands before why something is not done.
const notDone = "not done: "

// tellStep tells of a step of a frame's program: each rule is told to be applied to it once, as it
// counts itself, and further steps of it are told to be more of that.
func (l *link) tellStep(p *passage, st *rule.Step, a capture.Application) {
	a.Rule, a.Action, a.Header, a.Preamble = st.Rule, st.Action.String(), p.Header, p.Preamble
	a.Again, p.told = st.Rule == p.told, st.Rule
	l.tell(&a)
}

// undoes tells of the rules that a frame which goes nowhere has not come to.
func (l *link) undoes(p *passage) {
	for i := range p.Program {
		if st := &p.Program[i]; st.Rule != p.told {
			l.undone(p, st, "the frame was dropped before")
		}
	}
	p.Program = nil
}

// touchesAll tells whether a step touches all of the direction with the frame.
func touchesAll(p *passage, st *rule.Step) bool {
	switch st.Action {
	case rule.Delay, rule.Hold, rule.Throttle:
		return st.All || p.Preamble
	case rule.Stall, rule.Cut:
		return true
	default:
		return false
	}
}

// waitText says in words how long a frame waits for a step.
func waitText(st *rule.Step) string {
	switch {
	case st.Wait <= 0:
		return "at once"
	case st.Action == rule.Hold:
		return fmt.Sprintf("for %v at the latest", st.Wait)
	default:
		return fmt.Sprintf("for %v", st.Wait)
	}
}

// doneText says in words what a step does.
func doneText(st *rule.Step) string {
	switch st.Action {
	case rule.Duplicate:
		return "a copy follows"
	case rule.Split:
		sizes := make([]string, 0, len(st.Sizes))
		for _, n := range st.Sizes {
			sizes = append(sizes, fmt.Sprint(n))
		}
		return "into records of " + strings.Join(sizes, ", ") + " and the rest"
	case rule.Join:
		return "into one record, or as few as can be"
	case rule.Stall:
		return fmt.Sprintf("nothing is read for %v", st.Wait)
	default:
		return ""
	}
}

// cutText says in words what is cut, and how.
func cutText(st *rule.Step) string {
	if st.Both {
		return fmt.Sprintf("%v toward both peers", st.End)
	}
	return fmt.Sprintf("%v toward the %v", st.End, st.Toward)
}

// endedBy says in words what a step did to a connection.
func endedBy(st *rule.Step) string { return fmt.Sprintf("rule %d: cut (%v)", st.Rule, st.End) }

// insertText says in words what is inserted, and where.
func insertText(made []byte, where string) string {
	if h, whole := wholeFrame(made); whole {
		return fmt.Sprintf("%v %s", h.Command, where)
	}
	return fmt.Sprintf("%d bytes %s", len(made), where)
}

// touch takes note that records of the direction are no longer those of its sender. A preamble
// that is only cut in another way does not count: that is what is to be seen.
func (l *link) touch(p *passage) {
	if !p.Preamble || p.holder != 0 || p.changed != nil {
		l.touched = true
	}
}

// noteCame tells the recording of the sender's leg what becomes of a frame, as far as that is
// known when it comes.
func (l *link) noteCame(p *passage, kind session.FateKind, by uint16) {
	if l.noteReceived == nil || p.noted || l.noted == p.At {
		return
	}
	p.noted, l.noted = true, p.At
	l.noteReceived(l.noteOf(p, session.Fate{Kind: kind, Rule: by}))
}

// undecided tells whether it is not known yet what becomes of the last bytes that came.
func (l *link) undecided() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gate.Undecided()
}

// noteGone tells the recording of the receiver's leg of a frame of which nothing is written.
func (l *link) noteGone(p *passage, fate session.Fate) {
	if l.noteSent != nil {
		l.deeds = append(l.deeds, deed{note: l.noteOf(p, fate)})
	}
}

// noteOf returns the note on a frame that came.
func (*link) noteOf(p *passage, fate session.Fate) string {
	note := capture.NoteOf(fate, p.Header)
	if p.Preamble {
		note = capture.NoteOfPreamble(fate)
	}
	return note.At(p.At).String()
}
