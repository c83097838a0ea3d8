package relay

import (
	"time"

	"anytls-inspect/capture"
)

const (
	// waitPatience is how long the relay's own HeartRequests wait before that is told.
	waitPatience = time.Second
	// behindPatience is the same where bytes wait in front of them that may still move: by then
	// it shows whether they do.
	behindPatience = 2 * time.Second
	// paddedPatience is the same where they wait for the client's padding to end, which
	// takes a moment in each session.
	paddedPatience = 5 * time.Second
	// whyAgain is how long it is not told that they wait for something else now: it may
	// change with each look.
	whyAgain = time.Second
)

// A waitingHeartbeats is what the sink was told of the relay's own HeartRequests in a
// direction.
type waitingHeartbeats struct {
	since time.Time // zero: they do not wait
	why   string
	at    time.Time // when that was told
}

// lookAtHeartbeats serves the outbox, and tells the sink where the relay's own HeartRequests
// wait, and where they do not any more. periodic says that such are to be sent in this
// direction again and again.
func (l *link) lookAtHeartbeats(periodic bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !periodic {
		l.withheld = time.Time{}
	}
	if l.hushed || l.err != nil || len(l.outbox.items) == 0 && l.withheld.IsZero() && l.told.since.IsZero() {
		return
	}
	l.start() // who is free to go may have waited for the other direction, and that shows here
	now := l.clock()
	since, patience, why := l.heartbeatsWait(now)
	if told := l.told.since; !told.IsZero() && (since.IsZero() || since.After(told)) {
		l.told = waitingHeartbeats{} // that one was written, or is not wanted any more
		l.emit(&capture.Event{Kind: capture.HeartbeatsGo, At: now, Dir: l.dir})
	}
	if why != "" && why != l.told.why && now.Sub(since) >= patience && now.Sub(l.told.at) >= whyAgain {
		l.told = waitingHeartbeats{since, why, now}
		l.emit(&capture.Event{Kind: capture.HeartbeatsWait, At: now, Dir: l.dir, Since: since, Why: why})
	}
}

// heartbeatsWait returns since when the relay's own HeartRequests wait, after how long that
// is told, and why they do. Since is zero where they do not, and why is empty where the
// oldest is about to go. l.mu is held.
func (l *link) heartbeatsWait(now time.Time) (since time.Time, patience time.Duration, why string) {
	if l.refusal() != nil && !l.inDoubt() {
		return time.Time{}, 0, ""
	}
	since, held := l.withheld, capture.Written
	for i := range l.outbox.items {
		it := &l.outbox.items[i]
		if !it.asks() {
			continue
		}
		if held = l.why(i, now); held == capture.WaitsForDue {
			continue // as it was told to
		}
		from := it.since
		if it.due.After(from) {
			from = it.due
		}
		if since.IsZero() || from.Before(since) {
			since = from
		}
		patience, why = l.reason(held, since, now)
		return since, patience, why
	}
	switch { // none is in the outbox
	case since.IsZero():
	case l.inDoubt():
		held = capture.WaitsInDoubt
	case l.shared.Overflowed(l.dir):
		held = capture.WaitsForAnswers
	case l.padded():
		held = capture.WaitsForStop
	case len(l.outbox.items) > 0: // it is full
		held = l.why(0, now)
	default: // the next one goes
		l.withheld, since = time.Time{}, time.Time{}
	}
	patience, why = l.reason(held, since, now)
	return since, patience, why
}

// reason returns what HeartRequests wait for in words, and after how long that is told.
// since is since when they wait. l.mu is held.
func (l *link) reason(held capture.Outcome, since, now time.Time) (patience time.Duration, why string) {
	toward := l.dir.Receiver()
	switch {
	case held == capture.WaitsForAnswers && l.shared.Overflowed(l.dir):
		return waitPatience, capture.WhyOverflowed(toward)
	case held == capture.WaitsWriting && l.takesNone(since, now):
		return waitPatience, capture.WhyTakesNone(toward, toward)
	case held == capture.WaitsForReader && l.answers.takesNone(since, now):
		return waitPatience, capture.WhyTakesNone(toward.Other(), toward)
	case held == capture.WaitsWriting, held == capture.WaitsForReader:
		return behindPatience, held.Why(toward)
	case held == capture.WaitsForStop:
		return paddedPatience, held.Why(toward)
	default:
		return waitPatience, held.Why(toward)
	}
}
