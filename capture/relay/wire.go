package relay

import (
	"net"
	"sync"
	"time"
)

const (
	minRead  = 4 << 10  // an idle connection's read buffer
	maxRead  = 64 << 10 // a busy one's
	maxBatch = 64 << 10 // of TLS records that wait for one system call
)

// A wire is a TCP connection below a TLS one. It reads what is there in big
// pieces, however small those are that TLS asks for; and while it is corked it
// gathers what TLS writes, until it is flushed.
type wire struct {
	*net.TCPConn

	read       []byte
	begin, end int // what was read and not taken yet
	// beforeBlock is called before a read that may block: there is nothing left
	// of what was read.
	beforeBlock func()
	recording   *recording // nil: it is not recorded
	// ended says that the TCP stream came to its end. crypto/tls takes that, after
	// a whole record, for as good as close_notify; a relay must not.
	ended bool

	mu     sync.Mutex
	corked bool
	batch  []byte
	err    error // of the first write that failed
}

func newWire(c *net.TCPConn) *wire { return &wire{TCPConn: c, read: make([]byte, minRead)} }

// Read implements [net.Conn].
func (w *wire) Read(p []byte) (int, error) {
	if w.begin == w.end {
		if w.recording != nil {
			w.recording.settle() // before what comes of it is written
		}
		if w.beforeBlock != nil {
			w.beforeBlock()
		}
		if w.end == len(w.read) && len(w.read) < maxRead {
			// The last read filled the buffer: there is more to come.
			w.read = make([]byte, 4*len(w.read))
		}
		n, err := w.receive()
		w.begin, w.end = 0, n
		if n == 0 {
			w.ended = isEOF(err)
			return 0, err
		}
	}
	n := copy(p, w.read[w.begin:w.end])
	w.begin += n
	return n, nil
}

// receive reads what is there.
func (w *wire) receive() (int, error) {
	if w.recording != nil {
		w.recording.settle()
	}
	n, err := w.TCPConn.Read(w.read)
	if w.recording != nil {
		w.recording.received(w.read[:n], err)
	}
	return n, err
}

// Write implements [net.Conn].
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	if w.recording != nil {
		w.recording.mark(len(w.batch), len(p))
	}
	if !w.corked && len(w.batch) == 0 {
		n, err := w.send(p)
		w.err = err
		return n, err
	}
	w.batch = append(w.batch, p...)
	if w.corked && len(w.batch) < maxBatch {
		return len(p), nil
	}
	return len(p), w.flushLocked()
}

// SetWriteDeadline implements [net.Conn], and does nothing: only the relay says
// how long a write may take, with limitWrites. crypto/tls would set a deadline of
// 5 s before it writes close_notify, which would end a write that waits for a slow
// reader.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline implements [net.Conn]. It sets that of reads only.
func (w *wire) SetDeadline(at time.Time) error { return w.SetReadDeadline(at) }

// limitWrites ends, at a time, the writes of the connection that wait for the peer.
// Where it fails, the connection is gone already.
func (w *wire) limitWrites(at time.Time) { _ = w.TCPConn.SetWriteDeadline(at) }

// limitReads ends, at a time, the reads that wait for the peer. Where it fails, the
// connection is gone already.
func (w *wire) limitReads(at time.Time) { _ = w.SetReadDeadline(at) }

// cork makes writes wait for a flush, or not. What waits already goes on waiting.
func (w *wire) cork(on bool) {
	w.mu.Lock()
	w.corked = on
	w.mu.Unlock()
}

// flush writes what waits.
func (w *wire) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	return w.flushLocked()
}

func (w *wire) flushLocked() error {
	if len(w.batch) == 0 {
		return nil
	}
	_, w.err = w.send(w.batch)
	w.batch = w.batch[:0]
	return w.err
}

// send writes to the connection. w.mu is held.
func (w *wire) send(b []byte) (int, error) {
	if w.recording != nil {
		w.recording.sends(b)
	}
	n, err := w.TCPConn.Write(b)
	if err != nil && w.recording != nil {
		w.recording.failed(err)
	}
	return n, err
}

// CloseWrite ends the stream toward the peer.
func (w *wire) CloseWrite() error {
	if w.recording != nil {
		w.recording.end()
	}
	return w.TCPConn.CloseWrite()
}

// Close implements [net.Conn].
func (w *wire) Close() error {
	if w.recording != nil {
		w.recording.end()
	}
	return w.TCPConn.Close()
}

// reset closes the connection with a TCP reset.
func (w *wire) reset() {
	if w.recording != nil {
		w.recording.reset()
	}
	// Where this fails, the connection is gone already.
	_ = w.SetLinger(0)
	_ = w.Close()
}

// drain reads to the end of the connection, after TLS said that no more data
// comes, and returns what ended it: nil for an orderly end.
func (w *wire) drain() error {
	w.begin, w.end, w.beforeBlock = 0, 0, nil
	for {
		n, err := w.receive()
		if n == 0 {
			if isEOF(err) {
				return nil
			}
			return err
		}
	}
}
