//go:build unix

package leg

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// read waits for the peer, and returns how much it sent. A wait holds no buffer. The error
// comes without bytes: io.EOF at the end of the stream, else a *net.OpError.
func (in *intake) read() (int, error) {
	err := in.raw.Read(in.attempt)
	switch {
	case err != nil:
	case in.err != nil:
		err = os.NewSyscallError("read", in.err)
	case in.n > 0:
		return in.n, nil
	default:
		in.release()
		return 0, io.EOF
	}
	in.release()
	return 0, in.failure(err)
}

// try reads, and tells whether that came to an end: false asks the runtime to call it again
// when the peer has sent something.
func (in *intake) try(fd uintptr) bool {
	in.hold()
	for {
		in.n, in.err = syscall.Read(int(fd), *in.buf)
		switch {
		case in.err == nil:
			return true
		case errors.Is(in.err, syscall.EINTR):
		case errors.Is(in.err, syscall.EAGAIN):
			in.release()
			return false
		default:
			return true
		}
	}
}
