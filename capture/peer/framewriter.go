package peer

import (
	"io"
	"slices"

	"anytls-inspect/protocol"
)

// A frame is what a [frameWriter] is given. Its data is not longer than
// [protocol.MaxData].
type frame struct {
	command protocol.Command
	stream  uint32
	data    []byte
}

// A frameWriter is the writing half of a session. Whoever holds its turn may
// write: one write at a time, each one write to TLS, unless the padding scheme
// makes it several.
type frameWriter struct {
	conn   io.Writer
	trace  *trace
	dir    protocol.Direction
	shaper *shaper // nil: the server's, whose writes are not shaped

	turn chan struct{} // holds the turn when nobody has it
	// held is what waits for the first write, to be a part of it: a client's
	// Settings, which the scheme's first slot holds together with the first SYN
	// and PSH.
	held []byte
	buf  []byte
}

func newFrameWriter(conn io.Writer, t *trace, dir protocol.Direction, s *shaper) *frameWriter {
	w := &frameWriter{conn: conn, trace: t, dir: dir, shaper: s, turn: make(chan struct{}, 1)}
	w.release()
	return w
}

// release gives the turn back.
func (w *frameWriter) release() { w.turn <- struct{}{} }

// begun reports whether something was written after the preamble.
func (w *frameWriter) begun() bool { return w.held == nil }

// write writes frames as one write of the session. The turn must be held. An
// error means that the session is lost: a part may have been written.
func (w *frameWriter) write(frames ...frame) error {
	b := append(w.buf[:0], w.held...)
	w.held = nil
	for _, f := range frames {
		b = protocol.Header{Command: f.command, Stream: f.stream, Length: uint16(len(f.data))}.Append(b)
		b = append(b, f.data...)
	}
	b = slices.Grow(b, protocol.HeaderLen) // a filling seldom needs another buffer
	w.buf = b[:0]
	if w.shaper == nil {
		return w.emit(b)
	}
	return w.shaper.shape(b, w.emit)
}

// emit records plaintext and then writes it, so that a request is recorded
// before its answer.
func (w *frameWriter) emit(b []byte) error {
	w.trace.data(w.dir, b)
	_, err := w.conn.Write(b)
	return err
}
