package replay

import (
	"context"
	"sync"
	"time"

	"anytls-inspect/capture"
)

// A Pacer hands events on to a sink when it is their time: at the speed at which
// they happened, or a multiple of it. It so holds a source back that records into
// it. It implements [capture.Sink], for one goroutine, and [capture.Playback], for
// any.
type Pacer struct {
	ctx   context.Context
	next  capture.Sink
	clock func() time.Time

	mu      sync.Mutex // guards all below
	state   capture.PlaybackState
	steps   int           // events that may pass while the playback is paused
	until   time.Time     // events before it pass at once
	from    time.Time     // when the event happened that others are reckoned from
	fromAt  time.Time     // when that event was handed on, by clock
	changed chan struct{} // closed, and made anew, when any of this is changed
}

// NewPacer returns a pacer in front of next, which plays at this multiple of the
// real speed; 0 is as fast as possible. When ctx ends it lets nothing more pass.
func NewPacer(ctx context.Context, next capture.Sink, clock func() time.Time, speed float64) *Pacer {
	return &Pacer{
		ctx: ctx, next: next, clock: clock, changed: make(chan struct{}),
		state: capture.PlaybackState{Speed: speed, Size: -1},
	}
}

// Record implements [capture.Sink]. It returns when the event was handed on, or the
// pacer's context has ended.
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

// due tells whether an event of that time may pass now, and else how long it has
// to wait: 0 where it waits for a change of the state. The caller holds mu.
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

// pass notes that an event passes. The caller holds mu.
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
	// Where the event did not wait, what comes next is reckoned from it.
	if p.from.IsZero() || p.state.Paused || p.state.Speed <= 0 || at.Before(p.until) {
		p.from, p.fromAt = at, p.clock()
	}
}

// change calls f, which changes the state, and wakes a Record that waits.
func (p *Pacer) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
}

// reckon lets what comes next be reckoned from now. The caller holds mu.
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

// Progress says how many bytes of the file were read, and how many it has; -1
// stands for a size that is not known.
func (p *Pacer) Progress(read, size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Read, p.state.Size = read, size
}

// Finish says that the source has recorded all.
func (p *Pacer) Finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.Done = true
}
