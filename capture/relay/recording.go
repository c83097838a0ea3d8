package relay

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"anytls-inspect/capture"
)

// A recording is what a wire has besides when it is recorded.
type recording struct {
	tap   capture.LegRecorder
	clock func() time.Time
	ended atomic.Bool // the stream toward the peer

	// note is about the next record that is written, and marks are about parts
	// of what is sent next. The wire's mu guards them.
	note  string
	marks []mark

	// What was read is told at once, unless an answer to the relay may be in it:
	// then it is held back until the link has looked at all of it, and so knows
	// whether it passes it on. That is until it reads again: only the goroutine
	// that reads touches this.
	answerDue func() bool // nil until the link runs
	held      []byte      // in the wire's read buffer
	heldAt    time.Time
	heldNote  string
}

// A mark is a note about a part of the bytes that are sent next.
type mark struct {
	from, to int
	note     string
}

// recordLeg begins the recording of a leg, where it is wanted.
func (c *conn) recordLeg(leg capture.Leg, w *wire, asked, answered time.Time) {
	if c.relay.cfg.Recorder == nil {
		return
	}
	tap := c.relay.cfg.Recorder.Leg(capture.LegInfo{
		Session: c.id, Leg: leg, Relay: addrPort(w.LocalAddr()), Peer: addrPort(w.RemoteAddr()),
		Asked: asked, Answered: answered,
	})
	if tap != nil {
		w.recording = &recording{tap: tap, clock: c.relay.clock}
	}
}

func addrPort(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

// recordLink makes a link tell the recordings of its two wires what they can't
// see below TLS.
func recordLink(l *link, from, to *wire) {
	if to.recording != nil {
		l.noteSent = to.annotate
	}
	if from.recording != nil {
		from.recording.answerDue = func() bool { return l.pact.answerDue(l.dir) }
		l.noteReceived = from.recording.annotateHeld
	}
}

// keyLog returns where the TLS secrets of a leg go; nil: nowhere.
func (c *conn) keyLog(w *wire) io.Writer {
	if w.recording == nil {
		return c.relay.cfg.KeyLog
	}
	return &secretWriter{w.recording.tap, c.relay.cfg.KeyLog}
}

// A secretWriter gives the lines of a key log to a tap, too.
type secretWriter struct {
	tap capture.LegRecorder
	log io.Writer // nil: only to the tap
}

// Write implements [io.Writer].
func (s *secretWriter) Write(line []byte) (int, error) {
	s.tap.Secret(line)
	if s.log == nil {
		return len(line), nil
	}
	return s.log.Write(line)
}

// received tells what a read of the connection returned.
func (r *recording) received(b []byte, err error) {
	now := r.clock()
	switch {
	case len(b) == 0:
	case r.answerDue != nil && r.answerDue():
		r.held, r.heldAt = b, now
	default:
		r.tap.Bytes(now, capture.Received, b, "")
	}
	switch {
	case err == nil:
	case isEOF(err):
		r.tap.Fin(now, capture.Received)
	case errors.Is(err, syscall.ECONNRESET):
		r.tap.Reset(now, capture.Received)
	}
}

// annotateHeld gives what is held back a note.
func (r *recording) annotateHeld(note string) { r.heldNote = note }

// settle tells what is held back.
func (r *recording) settle() {
	if len(r.held) > 0 {
		r.tap.Bytes(r.heldAt, capture.Received, r.held, r.heldNote)
	}
	r.held, r.heldNote = nil, ""
}

// annotate gives the next record that is written a note.
func (w *wire) annotate(note string) {
	w.mu.Lock()
	w.recording.note = note
	w.mu.Unlock()
}

// mark notes where the next n bytes that are written stand in what is sent next.
// The wire's mu is held.
func (r *recording) mark(at, n int) {
	if r.note != "" {
		r.marks = append(r.marks, mark{at, at + n, r.note})
		r.note = ""
	}
}

// sends tells what is about to be sent. The wire's mu is held.
func (r *recording) sends(b []byte) {
	now := r.clock()
	from := 0
	for _, m := range r.marks {
		r.tap.Bytes(now, capture.Sent, b[from:m.from], "")
		r.tap.Bytes(now, capture.Sent, b[m.from:m.to], m.note)
		from = m.to
	}
	r.tap.Bytes(now, capture.Sent, b[from:], "")
	r.marks = r.marks[:0]
}

// failed tells what an error of a write says about the peer.
func (r *recording) failed(err error) {
	// EPIPE comes after an end of our own, too.
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) && !r.ended.Load() {
		r.tap.Reset(r.clock(), capture.Received)
	}
}

// end tells that the relay ends its stream.
func (r *recording) end() {
	r.ended.Store(true)
	r.tap.Fin(r.clock(), capture.Sent)
}

// reset tells that the relay resets the connection.
func (r *recording) reset() { r.tap.Reset(r.clock(), capture.Sent) }

// closeRecording tells that nothing more comes. Nobody reads any more.
func (w *wire) closeRecording() {
	if w.recording != nil {
		w.recording.settle()
		w.recording.tap.Close()
	}
}
