package leg

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	minRead  = 4 << 10  // bytes of an idle connection's read buffer
	maxRead  = 64 << 10 // bytes of a busy one's
	maxBatch = 64 << 10 // bytes of TLS records that wait for one system call
)

// A Socket is the TCP connection below a leg's TLS. It reads what is there in
// large pieces, however small those are that TLS asks for; and while it is corked
// it gathers what TLS writes, until it is flushed.
type Socket struct {
	*net.TCPConn

	read       []byte
	begin, end int // what was read and not taken yet
	// beforeBlock is called before a read that may block, when nothing is left of what
	// was read; nil: nothing is.
	beforeBlock func()
	recorder    *recorder // nil where nobody records the leg
	ended       bool      // see Ended

	// In nanoseconds; 0: none.
	readLimit, writeLimit atomic.Int64

	mu     sync.Mutex
	corked bool
	batch  []byte
	err    error // of the first write that failed
}

// NewSocket returns the socket of a TCP connection, which becomes the socket's.
func NewSocket(c *net.TCPConn) *Socket { return &Socket{TCPConn: c, read: make([]byte, minRead)} }

// BeforeBlock sets what is called before a read that may block. Call it before
// the first read.
func (s *Socket) BeforeBlock(f func()) { s.beforeBlock = f }

// Ended tells whether the peer ended its TCP stream. crypto/tls takes that,
// after a whole record, for as good as close_notify; a relay must not. Only the
// goroutine that reads may ask.
func (s *Socket) Ended() bool { return s.ended }

// Read implements [net.Conn].
func (s *Socket) Read(p []byte) (int, error) {
	if s.begin == s.end {
		if s.recorder != nil {
			s.recorder.settle() // before what comes of it is written
		}
		if s.beforeBlock != nil {
			s.beforeBlock()
		}
		if s.end == len(s.read) && len(s.read) < maxRead {
			// The last read filled the buffer: there is more to come.
			s.read = make([]byte, 4*len(s.read))
		}
		n, err := s.receive()
		s.begin, s.end = 0, n
		if n == 0 {
			s.ended = errors.Is(err, io.EOF)
			return 0, err
		}
	}
	n := copy(p, s.read[s.begin:s.end])
	s.begin += n
	return n, nil
}

// receive reads what is there.
func (s *Socket) receive() (int, error) {
	if s.recorder != nil {
		s.recorder.settle()
	}
	if limit := s.readLimit.Load(); limit > 0 {
		_ = s.SetReadDeadline(time.Now().Add(time.Duration(limit))) // see LimitReads
	}
	n, err := s.TCPConn.Read(s.read)
	if s.recorder != nil {
		s.recorder.received(s.read[:n], err)
	}
	return n, err
}

// Write implements [net.Conn].
func (s *Socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	if s.recorder != nil {
		s.recorder.locate(len(s.batch), len(p))
	}
	if !s.corked && len(s.batch) == 0 {
		n, err := s.send(p)
		s.err = err
		return n, err
	}
	s.batch = append(s.batch, p...)
	if s.corked && len(s.batch) < maxBatch {
		return len(p), nil
	}
	return len(p), s.flushLocked()
}

// Cork makes writes wait for a flush, or not. What waits already goes on waiting.
func (s *Socket) Cork(on bool) {
	s.mu.Lock()
	s.corked = on
	s.mu.Unlock()
}

// Flush writes what waits.
func (s *Socket) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	return s.flushLocked()
}

func (s *Socket) flushLocked() error {
	if len(s.batch) == 0 {
		return nil
	}
	_, s.err = s.send(s.batch)
	s.batch = s.batch[:0]
	return s.err
}

// send writes to the connection. s.mu is held.
func (s *Socket) send(b []byte) (int, error) {
	if s.recorder != nil {
		s.recorder.sends(b)
	}
	n, err := writePatiently(s.TCPConn, b, &s.writeLimit)
	if err != nil && s.recorder != nil {
		s.recorder.failed(err)
	}
	return n, err
}

// CloseWrite ends the stream toward the peer.
func (s *Socket) CloseWrite() error {
	if s.recorder != nil {
		s.recorder.end()
	}
	return s.TCPConn.CloseWrite()
}

// Close implements [net.Conn].
func (s *Socket) Close() error {
	if s.recorder != nil {
		s.recorder.end()
	}
	return s.TCPConn.Close()
}

// Reset closes the connection with a TCP reset.
func (s *Socket) Reset() {
	if s.recorder != nil {
		s.recorder.reset()
	}
	// Where this fails, the connection is gone already.
	_ = s.SetLinger(0)
	_ = s.Close()
}

// Drain reads to the end of the connection, after TLS said that no more data
// comes, and returns what ended it: nil for an orderly end.
func (s *Socket) Drain() error {
	s.begin, s.end, s.beforeBlock = 0, 0, nil
	for {
		n, err := s.receive()
		if n == 0 {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

var _ net.Conn = (*Socket)(nil)
