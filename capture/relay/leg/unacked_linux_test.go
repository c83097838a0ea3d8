package leg

import (
	"errors"
	"io"
	"net"
	"testing"
)

// TestUnackedCountsWrites: what waits is all that was written and is not acknowledged, be it
// in a write that does not end or in the system's queue; to the byte, on a connection that
// was asked for and on one that was accepted; and the end of the stream is none of it.
func TestUnackedCountsWrites(t *testing.T) {
	for _, accepted := range []bool{false, true} {
		s, peer := connect(t)
		if accepted {
			s, peer = NewSocket(peer, new(Buffers)), s.TCPConn
		}
		const first, rest = 1000, 32 << 20 // more than the systems hold
		if _, err := s.Write(make([]byte, first)); err != nil {
			t.Fatal(err)
		}
		// With an answer the peer's TCP acknowledges.
		if _, err := io.ReadFull(peer, make([]byte, first)); err != nil {
			t.Fatal(err)
		}
		if _, err := peer.Write([]byte("answer")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		if u, known := s.Unacked(); !known || u.Acked != first || u.Bytes != 0 {
			t.Errorf("accepted %v, behind an answer: %+v, %v", accepted, u, known)
		}
		written := make(chan error, 1)
		go func() { // until all is written
			_, err := s.Write(make([]byte, rest))
			written <- err
		}()
		some := make([]byte, 1)
		if _, err := io.ReadFull(peer, some); err != nil { // the write has begun
			t.Fatal(err)
		}
		if u, _ := s.Unacked(); u.Bytes+int(u.Acked) != first+rest || u.Bytes == 0 {
			t.Errorf("accepted %v, in a write: %+v, want %d in all", accepted, u, first+rest)
		}
		if err := drainTo(peer, rest-len(some)); err != nil {
			t.Fatal(err)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		if err := s.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if _, err := peer.Read(some); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if _, err := peer.Write([]byte("answer")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		if u, _ := s.Unacked(); u.Bytes != 0 {
			t.Errorf("accepted %v, behind the end: %+v", accepted, u)
		}
	}
}

func drainTo(c *net.TCPConn, n int) error {
	_, err := io.CopyN(io.Discard, c, int64(n))
	return err
}
