//go:build unix

package leg

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// TestWaitWithoutBuffer: where nothing has come, a read gives its buffer back before the
// runtime waits; and it does not allocate.
func TestWaitWithoutBuffer(t *testing.T) {
	s, peer := connect(t)
	waited := 0
	s.in.attempt = func(fd uintptr) bool {
		ok := s.in.try(fd)
		if !ok {
			waited++
			if n := s.buffers.InUse(); n != 0 {
				t.Errorf("a wait holds %d bytes", n)
			}
			if _, err := peer.Write([]byte("x")); err != nil {
				t.Error(err)
			}
		}
		return ok
	}
	buf := make([]byte, 1)
	for range 3 {
		if _, err := s.Read(buf); err != nil {
			t.Fatal(err)
		}
	}
	if waited != 3 {
		t.Errorf("waited %d times, want 3", waited)
	}
	if n := testing.AllocsPerRun(100, func() {
		_, _ = peer.Write(buf)
		_, _ = s.in.read() // with the buffer that it has: under -race, a pool is wasteful
	}); n > 0 {
		t.Errorf("%v allocations for a read", n)
	}
}

// TestReadErrors: they are those of the net package's own Read.
func TestReadErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(s *Socket, peer *net.TCPConn) error
		want error
	}{
		{"end", func(_ *Socket, peer *net.TCPConn) error { return peer.CloseWrite() }, io.EOF},
		{"reset", func(_ *Socket, peer *net.TCPConn) error {
			return errors.Join(peer.SetLinger(0), peer.Close())
		}, syscall.ECONNRESET},
		{"deadline", func(s *Socket, _ *net.TCPConn) error { return s.SetReadDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
		{"closed", func(s *Socket, _ *net.TCPConn) error { return s.TCPConn.Close() }, net.ErrClosed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, peer := connect(t)
			s.in.attempt = func(fd uintptr) bool {
				ok := s.in.try(fd)
				if !ok {
					if err := tc.end(s, peer); err != nil {
						t.Error(err)
					}
				}
				return ok
			}
			if tc.name == "closed" { // closing waits for the attempt to end
				if err := tc.end(s, peer); err != nil {
					t.Fatal(err)
				}
			}
			_, err := s.Read(make([]byte, 1))
			if !errors.Is(err, tc.want) {
				t.Fatalf("Read: %v, want %v", err, tc.want)
			}
			// Below it, with the same words.
			if _, plain := s.TCPConn.Read(make([]byte, 1)); tc.name != "reset" && plain.Error() != err.Error() {
				t.Errorf("Read says %q, the net package %q", err, plain)
			}
		})
	}
}
