package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"
)

const (
	// endPatience is how long the end of a run that a signal asks for waits for an output
	// that takes nothing: the run has to end within a second.
	endPatience = 300 * time.Millisecond
	// blockedAfter is how long an output may take nothing before it counts as blocked.
	// That is told, and no run that ended by itself waits longer for it.
	blockedAfter = 5 * time.Second
)

var (
	// errGivenUp says that an output took nothing for longer than a run could wait.
	errGivenUp = errors.New("the output takes nothing")
	// errNoTime says that an output took something after a signal, but not all in time.
	errNoTime = errors.New("there was no time for the rest")
	// errClosedPipe says that nobody reads an output any more.
	errClosedPipe = errors.New("who read it has closed it")
)

// A patientWriter writes to an output that may take nothing for long: a pipe that nobody
// reads, a terminal that stands still, a disk that hangs. A Write waits until the output
// has taken all, unless the writer is told to hurry: then it gives up, at once where the
// output has been given up before. What is written by then may be any part of it.
//
// No system call is asked to end: the goroutine that is in one stays behind, until the
// output takes what it has, or the process ends. It has a copy of what is written.
// A patientWriter is safe for concurrent use.
type patientWriter struct {
	file io.Writer

	turn sync.Mutex // held while something is written; guards own
	own  []byte     // the copy

	mu      sync.Mutex    // guards what follows
	each    limit         // of one write
	all     limit         // of all writes together
	changed chan struct{} // closed when a limit is set
	stuck   func()        // called once, where a write takes longer than blockedAfter
	failed  func(error)   // called once, where a write fails; nil: nobody is told
	took    bool          // a write ended well since all was set
	err     error         // why nothing more is written
}

// A limit says how long something may wait from a moment on.
type limit struct {
	since time.Time // zero: there is no limit
	left  time.Duration
}

// from returns how much is left of the limit for what began then.
func (l *limit) from(began time.Time) time.Duration {
	if l.since.IsZero() {
		return time.Hour
	}
	if began.Before(l.since) {
		began = l.since
	}
	return l.left - time.Since(began)
}

func newPatientWriter(file io.Writer) *patientWriter {
	return &patientWriter{file: file, changed: make(chan struct{})}
}

// limitEach lets no write wait longer than d from now on.
func (p *patientWriter) limitEach(d time.Duration) { p.limit(&p.each, d) }

// limitAll lets all writes together wait no longer than d from now on.
func (p *patientWriter) limitAll(d time.Duration) { p.limit(&p.all, d) }

// isGivenUp tells whether err says that a run did not wait for an output any longer.
func isGivenUp(err error) bool { return errors.Is(err, errGivenUp) || errors.Is(err, errNoTime) }

func (p *patientWriter) limit(l *limit, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*l = limit{since: time.Now(), left: d}
	close(p.changed)
	p.changed = make(chan struct{})
}

// onStuck has f called once, where a write takes longer than blockedAfter. F must not
// block, nor write.
func (p *patientWriter) onStuck(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stuck = f
}

// onFailure has f called once, where a write fails, by who writes. F must not write.
func (p *patientWriter) onFailure(f func(error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = f
}

// Write implements [io.Writer]. Its error is errGivenUp or errNoTime, wraps errClosedPipe,
// or is that of the output. After an error it writes nothing more and returns that error.
func (p *patientWriter) Write(b []byte) (int, error) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if err := p.failure(); err != nil {
		return 0, err
	}
	n, err := p.write(b)
	if err != nil {
		p.tell(err)
	}
	return n, err
}

// tell tells of an error whoever wants to know.
func (p *patientWriter) tell(err error) {
	p.mu.Lock()
	failed := p.failed
	p.mu.Unlock()
	if failed != nil {
		failed(err)
	}
}

// write writes, and waits for that. The caller holds turn.
func (p *patientWriter) write(b []byte) (int, error) {
	p.own = append(p.own[:0], b...)
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func(own []byte) { // until the output has taken it, or the process ends
		n, err := p.file.Write(own)
		done <- result{n, err}
	}(p.own)
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, changed, err := p.wait(began)
		if err != nil {
			return 0, err
		}
		timer.Reset(wait)
		select {
		case r := <-done:
			return r.n, p.wrote(began, r.err)
		case <-changed:
		case <-timer.C:
		}
	}
}

// failure returns why nothing more is written.
func (p *patientWriter) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// wait returns how long the write that began then may go on before it is to be asked for
// again, or an error where that is no longer. It tells whoever wants to know where the
// write takes long.
func (p *patientWriter) wait(began time.Time) (d time.Duration, changed <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d = min(p.each.from(began), p.all.from(began))
	if p.stuck != nil {
		left := blockedAfter - time.Since(began)
		if left <= 0 {
			p.stuck()
			p.stuck = nil
		} else {
			d = min(d, left)
		}
	}
	if d <= 0 {
		p.err = errGivenUp
		if p.took && p.all.from(began) <= 0 {
			p.err = errNoTime
		}
	}
	return d, p.changed, p.err
}

// wrote enters that the write that began then has ended with err.
func (p *patientWriter) wrote(began time.Time, err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.all.since.IsZero() {
		p.all.left = p.all.from(began)
		p.all.since = time.Now()
		p.took = p.took || err == nil
	}
	if errors.Is(err, syscall.EPIPE) {
		err = fmt.Errorf("%w: %w", errClosedPipe, err)
	}
	p.err = err
	return err
}
