package leg

import (
	"errors"
	"net"
	"sync/atomic"
	"syscall"
)

// An intake reads what a TCP connection has, in large pieces. It has a buffer from before
// the first byte of a piece until it waits for the next one. One goroutine at a time
// uses it.
type intake struct {
	conn    *net.TCPConn
	raw     syscall.RawConn
	attempt func(fd uintptr) bool // in.try; it is made once, so that no read allocates
	buffers *Buffers
	buf     *[]byte // nil: none
	// finished says that the stream toward the peer was ended here. It is set before that.
	finished atomic.Bool
	// handshake is what TCP's handshake counts for among the bytes that are acknowledged.
	handshake uint64

	// What the last attempt came to.
	n   int
	err error
}

func (in *intake) init(c *net.TCPConn, b *Buffers) {
	in.conn, in.buffers = c, b
	in.raw, _ = c.SyscallConn() // fails for the zero TCPConn only
	in.attempt = in.try
	in.begin()
}

// bytes returns the first n bytes of what was read.
func (in *intake) bytes(n int) []byte {
	if in.buf == nil {
		return nil
	}
	return (*in.buf)[:n]
}

// hold makes sure that there is a buffer.
func (in *intake) hold() {
	if in.buf == nil {
		in.buf = in.buffers.take(forReads)
	}
}

// release gives the buffer back, if there is one.
func (in *intake) release() {
	if in.buf != nil {
		in.buffers.give(forReads, in.buf)
		in.buf = nil
	}
}

// failure returns the error of a read as the net package's own Read would.
func (in *intake) failure(err error) error {
	var op *net.OpError
	if errors.As(err, &op) { // of the raw connection, which calls it "raw-read"
		err = op.Err
	}
	return &net.OpError{Op: "read", Net: "tcp", Source: in.conn.LocalAddr(), Addr: in.conn.RemoteAddr(), Err: err}
}
