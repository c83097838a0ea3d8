package peer

import (
	"io"
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// A frame is what a [frameWriter] writes. Its data is not longer than [protocol.MaxData].
type frame struct {
	command protocol.Command
	stream  uint32
	data    []byte
}

// A frameWriter is the writing half of a session. Whoever holds its turn may write. One
// write is one write to TLS, unless the padding scheme makes it several.
type frameWriter struct {
	conn   io.Writer
	trace  *trace
	dir    protocol.Direction
	shaper *shaper // nil for a server, whose writes are not shaped

	turn chan struct{} // holds the turn while nobody has it
	// held is the frame that waits to be the beginning of the first write: a client's
	// Settings. Packet 1 of a padding scheme is the Settings with the first SYN and PSH.
	held    []byte
	begunAt time.Time // when the first write began; zero before
	buf     []byte    // a buffer for write
}

// newFrameWriter returns a frameWriter whose turn is free.
func newFrameWriter(conn io.Writer, t *trace, dir protocol.Direction, s *shaper) *frameWriter {
	w := &frameWriter{conn: conn, trace: t, dir: dir, shaper: s, turn: make(chan struct{}, 1)}
	w.release()
	return w
}

// release gives the turn back.
func (w *frameWriter) release() { w.turn <- struct{}{} }

// begun says whether a frame was written, the Settings included.
func (w *frameWriter) begun() bool { return w.held == nil }

// write writes frames as one write of the session. The caller holds the turn. An error
// ends the session, since a part may have been written.
func (w *frameWriter) write(frames ...frame) error {
	if !w.begun() {
		w.begunAt = time.Now()
	}
	b := append(w.buf[:0], w.held...)
	w.held = nil
	for _, f := range frames {
		b = protocol.Header{Command: f.command, Stream: f.stream, Length: uint16(len(f.data))}.Append(b)
		b = append(b, f.data...)
	}
	b = slices.Grow(b, protocol.HeaderLen) // so that the shaper seldom needs another buffer
	w.buf = b[:0]
	if w.shaper == nil {
		return w.emit(b)
	}
	return w.shaper.shape(b, w.emit)
}

// emit traces plaintext and then writes it, so that a request is traced before its
// answer.
func (w *frameWriter) emit(b []byte) error {
	w.trace.data(w.dir, b)
	_, err := w.conn.Write(b)
	return err
}
