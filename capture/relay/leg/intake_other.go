//go:build !unix

package leg

// read waits for the peer, and returns how much it sent. The error comes without bytes:
// io.EOF at the end of the stream, else a *net.OpError. Only on Unix can it wait
// without a buffer.
func (in *intake) read() (int, error) {
	in.hold()
	n, err := in.conn.Read(*in.buf)
	if n > 0 {
		return n, nil
	}
	in.release()
	return 0, err
}

func (in *intake) try(uintptr) bool { return true }
