package relay

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// patience is how long Inject waits for its request to be written. A write takes
// longer only where the peer does not read.
const patience = 100 * time.Millisecond

// inject queues a HeartRequest. It is written at once where the link stands between
// frames and is not writing; else the link writes it as soon as it can.
func (l *link) inject(force bool) (capture.Outcome, error) {
	if err := l.refusal(); err != nil {
		return 0, err
	}
	if l.queued.Load() >= session.MaxQueued || !l.shared.MayAsk(l.dir) {
		return 0, capture.ErrTooManyOwed
	}
	l.queued.Add(1)
	if force {
		l.force.Store(true) // whoever finds the queue empty takes it back
	}
	// The link may be busy, or blocked where the peer does not read: the caller
	// waits for the former only. The goroutine ends with its write.
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.mu.Lock()
		l.drain()
		l.mu.Unlock()
		l.again()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
	if l.queued.Load() == 0 {
		return capture.Written, nil
	}
	return l.waits(), nil
}

// refusal returns why nothing can be inserted into this direction; nil where
// something can.
func (l *link) refusal() error {
	switch {
	case l.closed.Load():
		return capture.ErrSessionClosed
	case l.shared.Opaque():
		return capture.ErrNotAnyTLS
	case l.shared.SettingsWritten():
	case session.FramingState(l.state.Load()) == session.AwaitingPreamble:
		return capture.ErrNotAuthenticated
	default:
		return capture.ErrBeforeSettings
	}
	switch session.FramingState(l.state.Load()) {
	case session.Doubtful, session.Desynchronised:
		return capture.ErrDesynchronised
	default:
		return nil
	}
}

// waits says why a queued request is not written yet.
func (l *link) waits() capture.Outcome {
	switch {
	case !l.permitted():
		return capture.WaitsForStop
	case !l.atBoundary.Load():
		return capture.WaitsMidFrame
	default:
		return capture.WaitsWriting
	}
}

// permitted tells whether requests of this direction need not wait for the end of
// the client's padding. Toward the client they wait, since its answer would spend a
// slot of the scheme.
func (l *link) permitted() bool {
	return l.dir == protocol.ClientToServer || l.shared.Unpadded() || l.force.Load()
}

// mayInject tells whether a queued request could go out at a boundary.
func (l *link) mayInject() bool {
	return l.queued.Load() > 0 && l.refusal() == nil && l.permitted()
}

// again writes what is queued, if nobody else holds the link. Whoever holds it while
// requests can be written calls again after letting go, since one may have been queued
// in the meantime.
func (l *link) again() {
	for l.mayInject() && l.atBoundary.Load() && l.mu.TryLock() {
		l.drain()
		l.mu.Unlock()
	}
}

// drain writes the queued requests, if the link stands between frames. l.mu is
// held.
func (l *link) drain() {
	for l.mayInject() && l.gate.AtBoundary() {
		now := l.clock()
		l.gate.Inserted(now, protocol.Header{Command: protocol.HeartRequest})
		l.insert(now)
	}
	if l.queued.Load() == 0 {
		l.force.Store(false)
	}
}

// insert takes one request, of which the gate has taken note, off the queue and writes it as a record of its own. The sink gets it before it is written, so that
// its answer comes after it. l.mu is held.
func (l *link) insert(now time.Time) {
	l.queued.Add(-1)
	h := protocol.Header{Command: protocol.HeartRequest}
	frame, fate := h.Append(make([]byte, 0, protocol.HeaderLen)), session.Fate{Kind: session.Injected}
	l.record(now, frame, nil, fate, false)
	if l.noteSent != nil {
		l.noteSent(capture.NoteOf(fate, h).String())
	}
	if l.err == nil {
		_, err := l.dst.Write(frame)
		l.failed(err)
	}
}
