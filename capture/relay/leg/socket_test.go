package leg

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

// connect returns both ends of a TCP connection, the first as a socket.
func connect(t *testing.T) (*Socket, *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	near, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	s, peer := NewSocket(near.(*net.TCPConn)), far.(*net.TCPConn)
	t.Cleanup(func() {
		_ = s.Close()
		_ = peer.Close()
	})
	return s, peer
}

// TestDeadlines: those that crypto/tls sets don't end a write; the socket's own do,
// also one that waits already.
func TestDeadlines(t *testing.T) {
	s, _ := connect(t)
	past := time.Now().Add(-time.Second)
	if err := errors.Join(s.SetWriteDeadline(past), s.SetDeadline(past), s.SetReadDeadline(time.Time{})); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("goes out")); err != nil {
		t.Fatalf("a deadline of crypto/tls ends a write: %v", err)
	}
	ended := make(chan error, 1)
	wrote := make(chan struct{}, 1)
	go func() {
		for { // until nobody takes more
			_, err := s.Write(make([]byte, 64<<10))
			if err != nil {
				ended <- err
				return
			}
			select {
			case wrote <- struct{}{}:
			default:
			}
		}
	}()
	<-wrote
	s.LimitWrites(time.Now())
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the write ends with %v, want a deadline that passed", err)
	}
	s.LimitReads(time.Now())
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the read ends with %v, want a deadline that passed", err)
	}
}

// TestCork: what is written while a socket is corked goes out in order when it is
// flushed, or before a read that may block where that is asked for.
func TestCork(t *testing.T) {
	s, peer := connect(t)
	s.Cork(true)
	for _, part := range []string{"one ", "two ", "three"} {
		if _, err := s.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	s.BeforeBlock(func() {
		if err := s.Flush(); err != nil {
			t.Error(err)
		}
		// The answer, so that the read ends.
		buf := make([]byte, 64)
		n, err := peer.Read(buf)
		if err != nil || string(buf[:n]) != "one two three" {
			t.Errorf("the peer reads %q, %v", buf[:n], err)
		}
		if _, err := peer.Write([]byte("thanks")); err != nil {
			t.Error(err)
		}
	})
	buf := make([]byte, 64)
	n, err := s.Read(buf)
	if err != nil || string(buf[:n]) != "thanks" {
		t.Errorf("read %q, %v", buf[:n], err)
	}
}
