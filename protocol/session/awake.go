package session

import "time"

// What follows from time alone, and seldom happens, shares one alarm: so the many calls in
// which none of it is due cost one comparison. It is what is owed for too long (silence, outcome),
// what does not move (refusal), what the server makes of the preamble (verdict), what came too
// early, and whether the path is dead. Each has a method that says when it will be due, as things
// stand: zero, if never. The alarm may go off too early: then it is set anew.

// wakeBy sets the alarm to a time, unless it goes off sooner.
func (t *Tracker) wakeBy(at time.Time) {
	if t.alarm.IsZero() || at.Before(t.alarm) {
		t.alarm = at
	}
}

// wakeUntil does what is due at or before a time, in the order of time.
func (t *Tracker) wakeUntil(at time.Time) {
	for !t.alarm.IsZero() && !t.alarm.After(at) {
		t.awake()
	}
}

// awake does what is due, and sets the alarm anew.
func (t *Tracker) awake() {
	t.now = later(t.now, t.alarm)
	t.alarm = time.Time{}
	for d := range t.side {
		s := &t.side[d]
		if t.isDue(t.refusalDue(s)) {
			t.refuses(s)
		}
	}
	if t.isDue(t.verdictDue()) {
		t.decide(Error, "the server has said nothing for "+rounded(t.now.Sub(t.opening.authAt)))
	}
	t.goesUnanswered()
	for d := range t.side {
		p := t.side[d].dir.Sender()
		if t.isDue(t.silentDue(p)) {
			t.silent(p)
		}
	}
	if t.isDue(t.earlyDue()) {
		t.tellEarly()
	}
	if t.isDue(t.pathDue()) {
		t.judgePath()
	}
}

// isDue tells whether something is due that a method says is due at a time. What is not due
// yet sets the alarm.
func (t *Tracker) isDue(at time.Time) bool {
	if at.IsZero() {
		return false
	}
	if at.After(t.now) {
		t.wakeBy(at)
		return false
	}
	return true
}
