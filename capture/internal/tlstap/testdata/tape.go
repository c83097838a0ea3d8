//go:build ignore

// Command tape records one TCP connection as the tests of package tlstap read
// it: it accepts one client, relays it to a server, and writes what each side
// sent, in order, one chunk a line, ">" before the client's and "<" before the
// server's, in hex.
//
//	go run tape.go LISTEN SERVER > FILE.tape
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: tape LISTEN SERVER"))
	}
	listener, err := net.Listen("tcp", os.Args[1])
	fail(err)
	client, err := listener.Accept()
	fail(err)
	server, err := net.Dial("tcp", os.Args[2])
	fail(err)

	var tape sync.Mutex
	var done sync.WaitGroup
	relay := func(mark string, from, to net.Conn) {
		defer done.Done()
		buf := make([]byte, 64<<10)
		for {
			n, err := from.Read(buf)
			if n > 0 {
				tape.Lock()
				fmt.Printf("%s %x\n", mark, buf[:n])
				tape.Unlock()
				if _, err := to.Write(buf[:n]); err != nil {
					return
				}
			}
			if err != nil {
				if err == io.EOF {
					to.(*net.TCPConn).CloseWrite()
				}
				return
			}
		}
	}
	done.Add(2)
	go relay(">", client, server)
	go relay("<", server, client)
	done.Wait()
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
