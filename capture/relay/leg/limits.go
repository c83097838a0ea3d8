package leg

import "time"

// LimitReads makes each read wait for the peer for at most d from now on, one that
// waits already too. What the peer has sent can still be read. Any goroutine may
// call it.
func (s *Socket) LimitReads(d time.Duration) {
	s.readLimit.Store(int64(d))
	_ = s.SetReadDeadline(time.Now().Add(d)) // fails where the connection is gone
}

// SetWriteDeadline implements [net.Conn], and does nothing: how long a write may take is
// not TLS's business. crypto/tls would set a deadline of 5 s before it writes
// close_notify, which would end a write that waits for a slow reader.
func (s *Socket) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline implements [net.Conn]. It sets the deadline of reads only.
func (s *Socket) SetDeadline(at time.Time) error { return s.SetReadDeadline(at) }
