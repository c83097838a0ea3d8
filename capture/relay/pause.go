package relay

import (
	"fmt"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/rule"
)

// overfull tells whether so much waits that nothing more is to be read. l.mu is held.
func (l *link) overfull() bool { return l.outbox.held > maxHeld || l.outbox.came > maxCame }

// tellOverfull tells, once until there is room again, that nothing more is read since a frame
// waits, and what came before it.
func (l *link) tellOverfull(p *passage) {
	if !l.overfull() || l.full {
		return
	}
	l.full = true
	l.reads(p, p.holder)
	l.tell(&capture.Application{
		Rule: p.holder, Action: "stall", Header: p.Header, Preamble: p.Preamble, All: true, Again: true,
		Text: fmt.Sprintf("nothing is read until there is room: more than %d KiB or %d frames wait", maxHeld>>10, maxCame),
	})
}

// An unread is the application of a rule for which nothing is read.
type unread struct {
	since time.Time
	of    capture.Application
}

// maxUnread bounds for how many of them it is told that something is read again: those are of one
// record, mostly one.
const maxUnread = 64

// reads has it told, once something is read again, that a rule no longer keeps the link from it.
// l.mu is held.
func (l *link) reads(p *passage, by uint16) {
	l.mayPause.Store(true)
	if len(l.unread) < maxUnread {
		l.unread = append(l.unread, unread{l.since, capture.Application{
			Rule: by, Action: rule.Stall.String(), Header: p.Header, Preamble: p.Preamble, All: true, Ended: true,
		}})
	}
}

// readsAgain tells that something is read again. l.mu is held.
func (l *link) readsAgain() {
	if len(l.unread) == 0 {
		return
	}
	l.since = l.clock()
	for i := range l.unread {
		u := &l.unread[i]
		u.of.Held = l.since.Sub(u.since)
		l.tell(&u.of)
	}
	l.unread = nil
}

// pauses tells whether nothing is to be read now. Where too much waits, the link first comes to
// stand between frames, since what waits could not go before. l.mu is held.
func (l *link) pauses() bool {
	if l.closed || l.interrupted || l.cutBy != 0 {
		return false
	}
	return l.clock().Before(l.stalled) || l.overfull() && l.gate.AtBoundary()
}

// pause waits as long as a rule lets nothing be read. What was written goes out before. Only
// the link's own goroutine calls it.
func (l *link) pause() {
	if !l.mayPause.Load() {
		return
	}
	l.mu.Lock()
	waits := l.pauses()
	if !waits {
		l.goesOn()
	}
	l.mu.Unlock()
	if !waits {
		return
	}
	l.takeTurn()
	l.gate.Rest()
	l.event.Data, l.event.Pieces = nil, nil
	l.deliver()
	if l.noteReceived != nil { // the leg is recorded
		l.src.TellReceived()
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	l.pausing = true
	for l.pauses() {
		var alarm *time.Timer
		if left := l.stalled.Sub(l.clock()); left > 0 {
			alarm = time.AfterFunc(left, l.wake) // stopped as soon as the link wakes
		}
		l.turn.Wait()
		if alarm != nil {
			alarm.Stop()
		}
	}
	l.pausing = false
	l.goesOn()
}

// goesOn tells that something is read again, unless too much waits, and the link only comes to
// stand between frames. l.mu is held.
func (l *link) goesOn() {
	if !l.overfull() {
		l.mayPause.Store(false)
		l.readsAgain()
	}
}

// isPausing tells whether the link reads nothing, since a rule says so.
func (l *link) isPausing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pausing
}

// wake has the link look again whether it pauses.
func (l *link) wake() {
	l.mu.Lock() // it looks, or it waits
	defer l.mu.Unlock()
	l.turn.Signal()
}

// interrupt ends a pause, since the legs are closed, or about to be.
func (l *link) interrupt() {
	l.mu.Lock()
	l.interrupted = true
	l.mu.Unlock()
	l.turn.Signal()
}
