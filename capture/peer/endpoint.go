package peer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// A role is what the two ends of a session do differently: a [Client] or a
// serverSession.
type role interface {
	// frame handles a whole frame that is not PSH, FIN, Waste or a heartbeat. Its data
	// is valid until frame returns. An error ends the session.
	frame(h protocol.Header, data []byte) error
}

// An endpoint is one end of a session: what a client and a server have in common. Two
// goroutines belong to it, the reader and the control writer. All other frames are
// written by the goroutines of those who want them written.
type endpoint struct {
	conn    net.Conn
	role    role
	w       *frameWriter
	control *controls
	beats   beats
	trace   *trace
	// beginning is that of what the server sends; nil at the server's end.
	beginning *beginning

	// The reader's own.
	dec    protocol.Decoder
	frame  []byte    // the data of the frame that is being collected
	readAt time.Time // when the bytes that are being decoded were read

	mu      sync.Mutex
	streams map[uint32]*Stream // the open ones; nil once the session has ended
	err     error              // why the session ended; nil before

	done  chan struct{}  // closed when the session ends
	loops sync.WaitGroup // the reader and the control writer
}

// newEndpoint returns the end that writes in direction dir. s is nil for a server.
func newEndpoint(conn net.Conn, dir protocol.Direction, s *shaper, t *trace) *endpoint {
	return &endpoint{
		conn:    conn,
		w:       newFrameWriter(conn, t, dir, s),
		control: newControls(),
		trace:   t,
		dec:     protocol.NewDecoder(dir.Reverse()),
		streams: make(map[uint32]*Stream),
		done:    make(chan struct{}),
	}
}

// start starts the reader and the control writer. first is what was read already.
func (e *endpoint) start(first []byte) {
	e.loops.Go(func() { e.fail(e.read(first)) })
	e.loops.Go(e.writeControls)
}

// read is the reader. It reads until the session ends, and returns why it ended.
func (e *endpoint) read(first []byte) error {
	e.readAt = time.Now()
	if err := e.take(first); err != nil {
		return err
	}
	buf := make([]byte, protocol.MaxRecord)
	for {
		n, err := e.conn.Read(buf)
		e.readAt = time.Now()
		if n > 0 {
			e.trace.data(e.w.dir.Reverse(), buf[:n])
			if err := e.take(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return ErrClosedByPeer
		case err != nil:
			return fmt.Errorf("session lost: %w", err)
		}
	}
}

// take decodes bytes that were read. It hands the payload of a PSH to its stream as it
// comes, drops Waste, and collects every other frame before it dispatches it.
func (e *endpoint) take(b []byte) error {
	if e.beginning != nil {
		if other, err := e.beginning.take(b); err != nil || other {
			return err
		}
	}
	for len(b) > 0 {
		p, n := e.dec.Next(b)
		b = b[n:]
		if p.Kind != protocol.PieceFrame {
			continue
		}
		switch p.Header.Command {
		case protocol.PSH:
			if s := e.stream(p.Header.Stream); s != nil {
				s.first.answer(protocol.PSH, "", e.readAt)
				s.in.put(p.Data)
			}
			continue
		case protocol.Waste:
			continue
		}
		if p.First {
			e.frame = e.frame[:0]
		}
		e.frame = append(e.frame, p.Data...)
		if !p.Last {
			continue
		}
		if err := e.dispatch(p.Header, e.frame); err != nil {
			return err
		}
	}
	return nil
}

// dispatch handles a whole frame. An error ends the session.
func (e *endpoint) dispatch(h protocol.Header, data []byte) error {
	switch h.Command {
	case protocol.HeartRequest:
		return e.control.push(control{frame: frame{command: protocol.HeartResponse, stream: h.Stream}})
	case protocol.HeartResponse:
		e.beats.answer(e.readAt)
		return nil
	case protocol.FIN:
		if s := e.forget(h.Stream); s != nil {
			s.first.answer(protocol.FIN, "", e.readAt)
			s.end(io.EOF, ErrStreamEnded)
		}
		return nil
	default:
		return e.role.frame(h, data)
	}
}

// stream returns the open stream with this id, or nil.
func (e *endpoint) stream(id uint32) *Stream {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.streams[id]
}

// register adds s to the open streams. It fails where the session has ended.
func (e *endpoint) register(s *Stream) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return e.err
	}
	e.streams[s.id] = s
	return nil
}

// forget removes a stream from the open ones, and returns it, or nil if it was not open.
func (e *endpoint) forget(id uint32) *Stream {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.streams[id]
	delete(e.streams, id)
	return s
}

// open returns the number of open streams.
func (e *endpoint) open() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.streams)
}

// cause returns why the session ended, or nil where it has not.
func (e *endpoint) cause() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// lastWords is how long an end goes on reading when it can't write any more: what the peer
// had sent before it went away may say why.
const lastWords = time.Second

// broken ends a session that can't be written to, for the reason of the write. The reader
// meets the end as well, behind what the peer said last, and tells it unless that takes long.
// The reader must not call broken.
func (e *endpoint) broken(reason error) {
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case <-e.done:
	case <-timer.C:
		e.fail(reason)
	}
}

// fail ends the session and all its streams for the given reason. Only the first call
// counts. It does not wait for the session's goroutines.
func (e *endpoint) fail(reason error) {
	e.mu.Lock()
	if e.err != nil {
		e.mu.Unlock()
		return
	}
	e.err = reason
	streams := e.streams
	e.streams = nil
	e.mu.Unlock()

	close(e.done)
	for _, s := range streams {
		s.end(reason, reason)
	}
	e.conn.Close()
}
