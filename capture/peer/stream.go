package peer

import (
	"context"
	"net"
	"os"
	"time"

	"anytls-inspect/protocol"
)

// A Stream is one stream of a session, and a [net.Conn]. It is safe for concurrent use.
//
// A stream that is not read fills up, and then blocks all other streams of its session,
// since the protocol has no flow control for streams. After the peer's FIN, reads return
// what is left and then [io.EOF], and writes return [ErrStreamEnded]. Where the server
// refused the stream, both return a [*RefusedError]. Where the session ended, both
// return why.
type Stream struct {
	e  *endpoint
	id uint32
	in *inbox
	// first is who waits for the peer's first frame; nil: nobody.
	first *answering
	// life ends when nothing can be written any more. Its cause is the error of writes.
	life     context.Context
	cut      context.CancelCauseFunc // ends life
	deadline deadline                // of writes
}

var _ net.Conn = (*Stream)(nil)

func newStream(e *endpoint, id uint32) *Stream {
	s := &Stream{e: e, id: id, in: newInbox()}
	s.life, s.cut = context.WithCancelCause(context.Background())
	return s
}

// ID returns the stream's id.
func (s *Stream) ID() uint32 { return s.id }

// Read implements [net.Conn].
func (s *Stream) Read(b []byte) (int, error) { return s.in.read(b) }

// Write implements [net.Conn]. It sends PSH frames, each in a write of its own, and
// returns when they are written. A deadline ends the wait for the session's other
// writers. It does not end a write that has begun, since half a frame would end the
// session.
func (s *Stream) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		part := b[:min(len(b), protocol.MaxData)]
		if err := s.send(frame{protocol.PSH, s.id, part}); err != nil {
			return n, err
		}
		n += len(part)
		b = b[len(part):]
	}
	return n, nil
}

// send waits for the turn and writes one frame of the stream. It fails with
// [os.ErrDeadlineExceeded], or with why the stream or the session ended.
func (s *Stream) send(f frame) error {
	for {
		changed := s.deadline.changed()
		if s.deadline.passed() {
			return os.ErrDeadlineExceeded
		}
		select {
		case <-s.life.Done():
			return context.Cause(s.life)
		case <-changed:
			continue
		case <-s.e.w.turn:
		}
		break
	}
	defer s.e.w.release()
	// The stream may have ended when the turn came. A frame after its FIN would
	// belong to no stream.
	if err := context.Cause(s.life); err != nil {
		return err
	}
	if err := s.e.w.write(f); err != nil {
		s.e.broken(err)
		return s.e.cause()
	}
	return nil
}

// Close implements [net.Conn]. It sends a FIN, unless the peer sent one, and drops what
// was not read. It does not wait until the FIN is written.
func (s *Stream) Close() error {
	if s.e.forget(s.id) == s {
		s.cut(net.ErrClosed)
		// push always takes a FIN.
		_ = s.e.control.push(control{frame: frame{command: protocol.FIN, stream: s.id}})
	}
	s.in.discard(net.ErrClosed)
	s.in.deadline.set(time.Time{})
	s.deadline.set(time.Time{})
	return nil
}

// end ends the stream without a FIN. Reads return what is left and then readErr, writes
// return writeErr.
func (s *Stream) end(readErr, writeErr error) {
	s.cut(writeErr)
	s.in.end(readErr)
}

// LocalAddr implements [net.Conn]. It returns the session's address.
func (s *Stream) LocalAddr() net.Addr { return s.e.conn.LocalAddr() }

// RemoteAddr implements [net.Conn]. It returns the session's address, not the target's.
func (s *Stream) RemoteAddr() net.Addr { return s.e.conn.RemoteAddr() }

// SetDeadline implements [net.Conn].
func (s *Stream) SetDeadline(t time.Time) error {
	s.in.deadline.set(t)
	s.deadline.set(t)
	return nil
}

// SetReadDeadline implements [net.Conn].
func (s *Stream) SetReadDeadline(t time.Time) error {
	s.in.deadline.set(t)
	return nil
}

// SetWriteDeadline implements [net.Conn].
func (s *Stream) SetWriteDeadline(t time.Time) error {
	s.deadline.set(t)
	return nil
}
