package relay

import (
	"crypto/tls"
	"io"
	"sync"
	"sync/atomic"
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

	// mu is held while a record is written on: what it guards changes only at the
	// end of one.
	mu    sync.Mutex
	gate  *gate.Gate
	event capture.Event // reused
	err   error         // of the first write that failed

	queued     atomic.Int32  // HeartRequests that wait to be inserted
	force      atomic.Bool   // they need not wait for the padding to end
	state      atomic.Uint32 // the gate's [session.FramingState], as of the last record
	atBoundary atomic.Bool   // the gate's, as of the last record
	closed     atomic.Bool   // nothing can be written any more
	// onUnpadded, which only the client's link has, is called when the padding has
	// ended.
	onUnpadded func()
}

// newLink returns the link of a direction. The caller sets the rest.
func newLink(dir protocol.Direction, s *gate.Shared) *link {
	l := &link{dir: dir, shared: s, gate: gate.New(dir, s), buf: make([]byte, gate.Headroom+protocol.MaxRecord)}
	l.publish()
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
	l.mu.Lock()
	now := l.clock()
	wasUnpadded := l.shared.Unpadded()
	out := buf[len(buf):] // what is to be written, at the end of buf
	var waiting *protocol.Header
	if l.mayInject() {
		waiting = &protocol.Header{Command: protocol.HeartRequest}
	}
	verdicts := l.gate.Decide(now, buf, waiting)
	for i, v := range verdicts {
		// Where a request splits the record, it leaves as two.
		continues := i+1 < len(verdicts) && verdicts[i+1].Order != gate.Insert
		switch v.Order {
		case gate.Insert:
			l.write(out)
			out = nil
			l.insert(now)
		case gate.Absorb:
			fate := session.Fate{Kind: session.Absorbed}
			l.record(now, v.Data, v.Pieces, fate, continues)
			if l.noteReceived != nil {
				l.noteReceived(capture.NoteOf(fate, protocol.Header{Command: protocol.HeartResponse}).String())
			}
		default:
			l.record(now, v.Data, v.Pieces, session.Fate{}, continues)
			out = join(out, v.Data)
		}
	}
	l.write(out)
	if l.gate.SettingsSeen() && !l.shared.SettingsWritten() {
		l.shared.WroteSettings()
	}
	l.publish()
	l.drain()
	err := l.err
	l.mu.Unlock()
	l.again()
	if l.onUnpadded != nil && !wasUnpadded && l.shared.Unpadded() {
		l.onUnpadded()
	}
	return err
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

// write writes bytes as one record.
func (l *link) write(b []byte) {
	if len(b) == 0 || l.err != nil {
		return
	}
	l.cork(true)
	_, err := l.dst.Write(b)
	l.cork(false)
	l.failed(err)
}

// failed takes the result of a write. After an error nothing can be written. l.mu is
// held, and l.err is nil.
func (l *link) failed(err error) {
	if err != nil {
		l.err = err
		l.closed.Store(true)
	}
}

// record hands bytes of this direction to the sink.
func (l *link) record(now time.Time, b []byte, pieces []session.Piece, fate session.Fate, continues bool) {
	l.event = capture.Event{
		Kind: capture.Data, At: now, Dir: l.dir, Data: b, Pieces: pieces, Fate: fate, Continues: continues,
	}
	l.emit(&l.event)
}

// beforeBlock is called before a read from the source may block: everything that
// waits goes out now.
func (l *link) beforeBlock() {
	l.mu.Lock()
	if l.err == nil {
		l.failed(l.flush())
	}
	l.mu.Unlock()
	l.again()
}

// end writes what the gate held back, and flushes.
func (l *link) end() error {
	l.closed.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	if v := l.gate.Release(); len(v.Data) > 0 {
		l.record(l.clock(), v.Data, v.Pieces, session.Fate{}, false)
		l.write(v.Data)
	}
	if l.err == nil {
		l.failed(l.flush())
	}
	return l.err
}

// publish lets others see, without the lock, where the gate stands.
func (l *link) publish() {
	l.state.Store(uint32(l.gate.State()))
	l.atBoundary.Store(l.gate.AtBoundary())
}

// closeNotify passes on the source's close_notify.
func (l *link) closeNotify() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.dst.CloseWrite(); err != nil {
		return err
	}
	return l.flush()
}

var _ tlsConn = (*tls.Conn)(nil)
