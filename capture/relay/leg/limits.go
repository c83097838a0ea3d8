package leg

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// LimitReads makes each read wait for the peer for at most d from now on, one that
// waits already too. What the peer has sent can still be read. Any goroutine may
// call it.
func (s *Socket) LimitReads(d time.Duration) {
	s.readLimit.Store(int64(d))
	_ = s.SetReadDeadline(time.Now().Add(d)) // fails where the connection is gone
}

// LimitWrites ends, from now on, a write of which the peer takes nothing for twice d,
// one that waits already too. A peer that reads, however slowly, gets all of it. Any
// goroutine may call it.
func (s *Socket) LimitWrites(d time.Duration) {
	s.writeLimit.Store(int64(d))
	_ = s.TCPConn.SetWriteDeadline(time.Now().Add(d)) // fails where the connection is gone
}

// A deadlineWriter is what writePatiently needs of a TCP connection.
type deadlineWriter interface {
	io.Writer
	SetWriteDeadline(time.Time) error
}

// writePatiently writes b. Where the deadline passes that LimitWrites set, it goes on
// for as long again, unless that was in vain the last time too. The kernel wakes a
// writer only when a good part of its buffer is free: a slow reader may have made
// room unnoticed.
func writePatiently(to deadlineWriter, b []byte, limit *atomic.Int64) (written int, err error) {
	inVain := false
	for {
		n, err := to.Write(b[written:])
		written += n
		d := time.Duration(limit.Load())
		if !errors.Is(err, os.ErrDeadlineExceeded) || d == 0 || n == 0 && inVain {
			return written, err
		}
		inVain = n == 0
		if err := to.SetWriteDeadline(time.Now().Add(d)); err != nil {
			return written, err
		}
	}
}

// SetWriteDeadline implements [net.Conn], and does nothing: LimitWrites alone says
// how long a write may take. crypto/tls would set a deadline of 5 s before it
// writes close_notify, which would end a write that waits for a slow reader.
func (s *Socket) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline implements [net.Conn]. It sets the deadline of reads only.
func (s *Socket) SetDeadline(at time.Time) error { return s.SetReadDeadline(at) }
