package replay

import (
	"context"
	"sync"
	"time"

	"anytls-inspect/capture"
)

// A Pacer hands events on to a sink when it is their time: as fast apart as they
// happened, or a multiple of that. A source that records into it is held back
// accordingly. It implements [capture.Sink] and [capture.Playback].
type Pacer struct {
	ctx   context.Context
	next  capture.Sink
	clock func() time.Time

	mu      sync.Mutex
	state   capture.PlaybackState
	steps   int           // events to let pass while paused
	until   time.Time     // events before it pass at once
	from    time.Time     // an event's time,
	fromAt  time.Time     // and when it was handed on: what others are reckoned from
	changed chan struct{} // closed, and made anew, when any of this changes
}

// NewPacer returns a pacer in front of next. When ctx ends it lets nothing more
// pass.
func NewPacer(ctx context.Context, next capture.Sink, clock func() time.Time, speed float64) *Pacer {
	return &Pacer{
		ctx: ctx, next: next, clock: clock, changed: make(chan struct{}),
		state: capture.PlaybackState{Speed: speed, Size: -1},
	}
}

// Record implements [capture.Sink]. It returns when the event was handed on, or
// ctx has ended.
func (p *Pacer) Record(e *capture.Event) {
	for {
		p.mu.Lock()
		wait, now := p.due(e.At)
		if now {
			p.pass(e.At)
			p.mu.Unlock()
			p.next.Record(e)
			return
		}
		changed := p.changed
		p.mu.Unlock()
		var timer <-chan time.Time
		if wait > 0 {
			t := time.NewTimer(wait)
			defer t.Stop()
			timer = t.C
		}
		select {
		case <-timer:
		case <-changed:
		case <-p.ctx.Done():
			return
		}
	}
}

// due reports whether an event of that time may pass now, and else how long that
// takes: 0 where only a change of the state can tell.
func (p *Pacer) due(at time.Time) (wait time.Duration, now bool) {
	switch s := &p.state; {
	case p.ctx.Err() != nil:
		return 0, false
	case s.Began.IsZero(), at.Before(p.until):
		return 0, true
	case s.Paused:
		return 0, p.steps > 0
	case s.Speed <= 0:
		return 0, true
	default:
		wait = time.Duration(float64(at.Sub(p.from))/s.Speed) - p.clock().Sub(p.fromAt)
		return wait, wait <= 0
	}
}

// pass takes note of an event that passes.
func (p *Pacer) pass(at time.Time) {
	if p.state.Paused && p.steps > 0 && !at.Before(p.until) {
		p.steps--
	}
	if p.state.Began.IsZero() {
		p.state.Began = at
	}
	if at.After(p.state.At) {
		p.state.At = at
	}
	// Where nothing was waited for, what comes next is reckoned from here.
	if p.from.IsZero() || p.state.Paused || p.state.Speed <= 0 || at.Before(p.until) {
		p.from, p.fromAt = at, p.clock()
	}
}

// change changes the state and wakes those that wait for it.
func (p *Pacer) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
}

// reckon makes what comes next be reckoned from now on.
func (p *Pacer) reckon() { p.from, p.fromAt = p.state.At, p.clock() }

// State implements [capture.Playback].
func (p *Pacer) State() capture.PlaybackState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Pause implements [capture.Playback].
func (p *Pacer) Pause(on bool) {
	p.change(func() {
		p.state.Paused, p.steps = on, 0
		p.reckon()
	})
}

// Step implements [capture.Playback].
func (p *Pacer) Step() { p.change(func() { p.steps++ }) }

// SetSpeed implements [capture.Playback].
func (p *Pacer) SetSpeed(times float64) {
	p.change(func() {
		p.state.Speed = times
		p.reckon()
	})
}

// JumpTo implements [capture.Playback].
func (p *Pacer) JumpTo(at time.Time) { p.change(func() { p.until = at }) }

// Progress tells how much of the file was read, in bytes; size is -1 where it is
// not known.
func (p *Pacer) Progress(read, size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Read, p.state.Size = read, size
}

// Finish tells that all was recorded.
func (p *Pacer) Finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Done = true
}
