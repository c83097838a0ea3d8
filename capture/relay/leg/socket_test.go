package leg

import (
	"net"
	"testing"
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
	s, peer := NewSocket(near.(*net.TCPConn), new(Buffers)), far.(*net.TCPConn)
	t.Cleanup(func() {
		_ = s.Close()
		_ = peer.Close()
	})
	return s, peer
}

// TestCork: what is written while a socket is corked goes out in order when it is
// flushed, or before a read that may block where that is asked for.
func TestCork(t *testing.T) {
	s, peer := connect(t)
	s.corks.Add(1)
	for _, part := range []string{"one ", "two ", "three"} {
		if _, err := s.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	s.BeforeWait(func() {
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
