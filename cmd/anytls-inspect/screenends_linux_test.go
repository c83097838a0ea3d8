package main

import (
	"fmt"
	"net"
	"syscall"
	"testing"
)

// blackHole returns an address at which nothing answers, not even TCP. It needs Linux: other kernels
// answer where their queue is full.
func blackHole(t *testing.T) (address string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil { // one connection waits; there is no room for another
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address = fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return address
}

// TestPingOfBlackHoleOnScreen: a server that does not even answer TCP is told as one that does not
// answer, on the screen and behind it.
func TestPingOfBlackHoleOnScreen(t *testing.T) {
	t.Parallel()
	f := screenFailure{
		server: blackHole, args: []string{"--handshake-timeout", "1s"}, first: "connecting to 127.0.0.1:",
		why: "the server does not answer: check its address and the path to it (--handshake-timeout says how long to wait)",
	}
	f.test(t, build(t))
}
