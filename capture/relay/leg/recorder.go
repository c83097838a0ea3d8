package leg

import (
	"errors"
	"io"
	"sync/atomic"
	"syscall"
	"time"

	"anytls-inspect/capture"
)

// A recorder tells a [capture.LegRecorder] what goes over a socket, and gives the notes
// of the link their places in it.
type recorder struct {
	to    capture.LegRecorder
	clock func() time.Time
	ended atomic.Bool // the stream toward the peer

	// note is about the next record that is written, and places are the parts of
	// what is sent next that have a note. The socket's mu guards them.
	note    string
	places  []place
	remarks remarks

	// What was read is told at once, unless the link may have a note on it. Then it is held
	// back until the next read begins: by then the link has looked at all of it, and has
	// noted what it absorbed. Only the goroutine that reads touches these.
	answerDue func() bool // nil until the link runs
	undecided func() bool // the same; nil: nothing ever is
	held      []byte      // in the intake's buffer, so it is settled before that is given back
	heldAt    time.Time
	notes     []string // on what is held back, and not told yet
	kept      kept     // what was read before, and is held back for longer
}

// maxPlaces is how many notes on what is sent next have their places.
const maxPlaces = 4096

// A place is a part of the bytes that are sent next, and the note on it; or where it has no
// bytes, the place between them that something is told at.
type place struct {
	from, to int
	note     string
}

// SetRecorder has a recorder told what goes over the leg, with the times of clock. Call it
// before the first read and write, but for Await, and Release at the end.
func (s *Socket) SetRecorder(to capture.LegRecorder, clock func() time.Time) {
	s.recorder = &recorder{to: to, clock: clock}
	if s.end > 0 {
		s.recorder.received(s.in.bytes(s.end), nil) // see Await
	}
}

// HasRecorder tells whether the leg is recorded.
func (s *Socket) HasRecorder() bool { return s.recorder != nil }

// HoldAnswers makes the recorder hold back what is read while due says that an answer
// to the relay may be in it, until the next read begins. Call it before the link runs,
// and only where the leg is recorded.
func (s *Socket) HoldAnswers(due func() bool) { s.recorder.answerDue = due }

// NoteSent gives the next record that is written a note in the recording.
func (s *Socket) NoteSent(note string) {
	s.mu.Lock()
	s.recorder.note = note
	s.mu.Unlock()
}

// HoldUndecided makes the recorder hold back what was read for longer than until the next
// read, while undecided says that it is not known what becomes of a frame in it; but no more
// than a quarter of a MiB. Call it before the link runs, and only where the leg is recorded.
func (s *Socket) HoldUndecided(undecided func() bool) { s.recorder.undecided = undecided }

// NoteReceived gives what the recorder holds back one more note. A note on a frame of which
// only a part was read last must name its byte. Only the goroutine that reads may call it.
func (s *Socket) NoteReceived(note string) {
	r := s.recorder
	if n := len(r.notes); n > 0 && r.notes[n-1] == note {
		return // one that stands for several
	}
	r.notes = append(r.notes, note)
}

// NoteNothing puts a note into the recording behind what was written so far, on no bytes: the
// note on a frame that is not written.
func (s *Socket) NoteNothing(note string) { s.RemarkSent(s.recorder.clock(), note) }

// Remark tells the recording, if there is one, something of the leg: a [capture.StateNote].
func (s *Socket) Remark(at time.Time, text string) {
	if s.recorder != nil {
		s.recorder.to.Remark(at, text)
	}
}

// Ends tells the recording, if there is one, how the session ends: a [capture.EndNote].
func (s *Socket) Ends(text string) {
	if s.recorder != nil {
		s.recorder.to.Ends(text)
	}
}

// KeyLog returns where the leg's TLS secrets go: into its recording, where there
// is one, and to log, where that is not nil. It is nil where they go nowhere.
func (s *Socket) KeyLog(log io.Writer) io.Writer {
	if s.recorder == nil {
		return log
	}
	return capture.SecretWriter(s.recorder.to, log)
}

// received tells what a read of the connection returned.
func (r *recorder) received(b []byte, err error) {
	now := r.clock()
	switch {
	case len(b) == 0:
	case len(r.kept.reads) > 0 || r.answerDue != nil && r.answerDue():
		r.held, r.heldAt = b, now
	default:
		r.to.Bytes(now, capture.Received, b, "")
	}
	if err != nil {
		r.tell() // nothing more comes
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		r.to.Fin(now, capture.Received)
	case errors.Is(err, syscall.ECONNRESET):
		r.to.Reset(now, capture.Received)
	}
}

// locate takes note of where the next n bytes that are written stand in what is
// sent next, if there is a note on them. The socket's mu is held.
func (r *recorder) locate(at, n int) {
	if r.note != "" {
		r.places = append(r.places, place{at, at + n, r.note})
		r.note = ""
	}
}

// sends tells what is about to be sent. The socket's mu is held.
func (r *recorder) sends(b []byte) {
	now := r.clock()
	from := 0
	for _, p := range r.places {
		r.to.Bytes(now, capture.Sent, b[from:p.from], "")
		if p.from == p.to {
			r.to.Remark(now, p.note)
		} else {
			r.to.Bytes(now, capture.Sent, b[p.from:p.to], p.note)
		}
		from = p.to
	}
	r.to.Bytes(now, capture.Sent, b[from:], "")
	r.places = r.places[:0]
}

// failed tells what an error of a write says about the peer.
func (r *recorder) failed(err error) {
	// EPIPE comes after an end of our own, too.
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) && !r.ended.Load() {
		r.to.Reset(r.clock(), capture.Received)
	}
}

// peerReset tells that the peer reset the connection.
func (r *recorder) peerReset() { r.to.Reset(r.clock(), capture.Received) }

// end tells that the relay ends its stream.
func (r *recorder) end() {
	r.ended.Store(true)
	r.to.Fin(r.clock(), capture.Sent)
}

// reset tells that the relay resets the connection.
func (r *recorder) reset() { r.to.Reset(r.clock(), capture.Sent) }
