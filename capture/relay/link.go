package relay

import (
	"crypto/tls"
	"io"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A tlsConn is the TLS of a leg. One Read returns the plaintext of at most one record,
// and one Write makes one record. Tests put something else in its place.
type tlsConn interface {
	io.ReadWriter
	// CloseWrite sends close_notify.
	CloseWrite() error
}

// A link carries one direction of a session: it reads a record from one leg, hands
// it to the sink, and writes it to the other.
type link struct {
	dir      protocol.Direction
	src, dst tlsConn
	// cork makes writes to dst wait for flush, or not.
	cork  func(bool)
	flush func() error
	// noteSent puts a note on the next record that is written to dst, and
	// noteReceived on what was read from src. They are nil where nobody records
	// the leg.
	noteSent, noteReceived func(string)
	// emit hands an event to the sink, with the session's number filled in.
	emit   func(*capture.Event)
	clock  func() time.Time
	shared *gate.Shared
	buf    []byte // headroom and one record; the goroutine that reads has it

	// mu guards what follows. Nobody holds it while writing to dst: who writes has the
	// turn.
	mu     sync.Mutex
	turn   sync.Cond // signalled when the turn is given back
	taken  bool      // somebody has the turn
	since  time.Time // when who has the turn began to write
	gate   *gate.Gate
	outbox outbox
	event  capture.Event // reused
	err    error         // of the first write that failed
	closed bool          // nothing can be written any more

	// onUnpadded, which only the client's link has, is called when the padding has
	// ended.
	onUnpadded func()
}

// newLink returns the link of a direction. The caller sets the rest.
func newLink(dir protocol.Direction, s *gate.Shared) *link {
	l := &link{dir: dir, shared: s, gate: gate.New(dir, s), buf: make([]byte, gate.Headroom+protocol.MaxRecord)}
	l.turn.L = &l.mu
	return l
}

// run carries records until the source ends, and returns why: io.EOF after
// close_notify.
func (l *link) run() error {
	for {
		n, err := l.src.Read(l.buf[gate.Headroom:])
		if n > 0 {
			if err := l.carry(l.buf[:gate.Headroom+n]); err != nil {
				return &writeError{err}
			}
		}
		if err != nil {
			if err := l.end(); err != nil {
				return &writeError{err}
			}
			return err
		}
	}
}

// A writeError is a failure of the leg that a link writes to.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

// carry lets the gate decide about one record, hands its parts to the sink, and
// writes on what goes on. buf has the gate's headroom in front of the record.
func (l *link) carry(buf []byte) error {
	l.takeTurn()
	wasUnpadded := l.shared.Unpadded()
	next := l.next()
	var waiting *protocol.Header
	if next >= 0 {
		waiting = &l.outbox.items[next].header
	}
	var (
		before, rest = []byte(nil), buf[len(buf):] // what is to be written, at the end of buf
		inserted     item                          // between the two
	)
	verdicts := l.gate.Decide(l.since, buf, waiting)
	for i, v := range verdicts {
		// Where a frame is inserted, the record leaves as two.
		continues := i+1 < len(verdicts) && verdicts[i+1].Order != gate.Insert
		switch v.Order {
		case gate.Insert:
			before, rest = rest, nil
			inserted = l.outbox.take(next)
			l.recordInserted(&inserted)
		case gate.Absorb:
			fate := session.Fate{Kind: session.Absorbed}
			l.record(v.Data, v.Pieces, fate, continues)
			if l.noteReceived != nil {
				l.noteReceived(capture.NoteOf(fate, protocol.Header{Command: protocol.HeartResponse}).String())
			}
		default:
			l.record(v.Data, v.Pieces, session.Fate{}, continues)
			rest = join(rest, v.Data)
		}
	}
	l.writing(func() error {
		if inserted.frame == nil {
			return l.write(rest)
		}
		if err := l.write(before); err != nil {
			return err
		}
		if err := l.writeInserted(&inserted); err != nil {
			return err
		}
		return l.write(rest)
	})
	if l.gate.SettingsSeen() && !l.shared.SettingsWritten() {
		l.shared.WroteSettings()
	}
	l.insertAll()
	err := l.giveTurn()
	if l.onUnpadded != nil && !wasUnpadded && l.shared.Unpadded() {
		l.onUnpadded()
	}
	return err
}

// takeTurn waits until nobody writes. The caller has the turn then, and l.mu.
func (l *link) takeTurn() {
	l.mu.Lock()
	for l.taken {
		l.turn.Wait()
	}
	l.taken, l.since = true, l.clock()
}

// giveTurn gives the turn back and unlocks l.mu. Before that, the caller has looked
// whether something in the outbox may go. It returns the error of the first write that
// failed.
func (l *link) giveTurn() error {
	err := l.err
	l.taken = false
	l.mu.Unlock()
	l.turn.Signal()
	return err
}

// writing calls f, which writes, without l.mu. The caller has the turn. After an error
// nothing can be written, and f is not called.
func (l *link) writing(f func() error) {
	if l.err != nil {
		return
	}
	l.mu.Unlock()
	err := f()
	l.mu.Lock()
	if err != nil {
		l.err = err
		l.close()
	}
}

// close says that nothing can be written any more. l.mu is held.
func (l *link) close() {
	l.closed = true
	l.outbox = outbox{}
}

// join returns one slice with the bytes of a and b: parts of one record, a before
// b. Where an absorbed frame lay between them, a is moved up to b.
func join(a, b []byte) []byte {
	if len(a) == 0 {
		return b
	}
	// Both reach to the end of the same array, so that their capacities tell how
	// far apart they are.
	gap := cap(a) - cap(b) - len(a)
	joined := a[:len(a)+gap+len(b)][gap:]
	copy(joined, a)
	return joined
}

// write writes bytes as one record. The caller has the turn.
func (l *link) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	l.cork(true)
	_, err := l.dst.Write(b)
	l.cork(false)
	return err
}

// record hands bytes of this direction to the sink. l.mu is held.
func (l *link) record(b []byte, pieces []session.Piece, fate session.Fate, continues bool) {
	l.event = capture.Event{
		Kind: capture.Data, At: l.since, Dir: l.dir, Data: b, Pieces: pieces, Fate: fate, Continues: continues,
	}
	l.emit(&l.event)
}

// beforeBlock is called before a read from the source may block: everything that
// waits goes out now.
func (l *link) beforeBlock() {
	l.takeTurn()
	l.deliver()
}

// end writes what the gate held back, and flushes.
func (l *link) end() error {
	l.takeTurn()
	l.close()
	v := l.gate.Release()
	if len(v.Data) > 0 {
		l.record(v.Data, v.Pieces, session.Fate{}, false)
	}
	l.writing(func() error {
		if err := l.write(v.Data); err != nil {
			return err
		}
		return l.flush()
	})
	return l.giveTurn()
}

// closeNotify passes on the source's close_notify.
func (l *link) closeNotify() error {
	l.takeTurn()
	l.writing(func() error {
		if err := l.dst.CloseWrite(); err != nil {
			return err
		}
		return l.flush()
	})
	return l.giveTurn()
}

var _ tlsConn = (*tls.Conn)(nil)
