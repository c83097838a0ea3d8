package demo

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
)

// targets are the two targets of the demo's streams: a web server of a few lines, and
// a UDP socket that sends back what it gets. Both are on loopback.
type targets struct {
	web  net.Listener
	echo net.PacketConn
}

func newTargets() (*targets, error) {
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	echo, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		web.Close()
		return nil, err
	}
	return &targets{web: web, echo: echo}, nil
}

// close closes both sockets, and so ends serve.
func (t *targets) close() {
	t.web.Close()
	t.echo.Close()
}

// serve serves both targets until ctx ends, and waits for their goroutines. It returns
// nil at ctx's end, or the error of the target that failed.
func (t *targets) serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, t.close)
	defer stop()
	var (
		both sync.WaitGroup
		err  error
	)
	both.Go(func() { err = t.serveEcho() })
	webErr := t.serveWeb(ctx)
	t.close()
	both.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(webErr, err)
}

// serveEcho sends datagrams back until its socket is closed.
func (t *targets) serveEcho() error {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := t.echo.ReadFrom(buf)
		if err != nil {
			return err
		}
		// A datagram that can't be sent is lost, as UDP allows.
		_, _ = t.echo.WriteTo(buf[:n], from)
	}
}

// serveWeb accepts connections until its listener is closed, and waits for their end.
// Each ends with ctx, with its client, or with a request that can't be answered.
func (t *targets) serveWeb(ctx context.Context) error {
	var conns sync.WaitGroup
	defer conns.Wait()
	for {
		conn, err := t.web.Accept()
		if err != nil {
			return err
		}
		conns.Go(func() {
			defer conn.Close()
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			in := bufio.NewReader(conn)
			for answerRequest(ctx, conn, in) == nil {
			}
		})
	}
}

// answerRequest reads a request of HTTP/1.1, and answers it:
//
//	GET /noise?seed=S&size=N&chunk=N&pause=D    size bytes of noise, in chunks, with pauses
//	POST /digest                                the SHA-256 of the request's body, in hex
//
// An error ends the connection.
func answerRequest(ctx context.Context, conn net.Conn, in *bufio.Reader) error {
	text := textproto.NewReader(in)
	line, err := text.ReadLine()
	if err != nil {
		return err
	}
	header, err := text.ReadMIMEHeader()
	if err != nil {
		return err
	}
	method, rest, _ := strings.Cut(line, " ")
	target, _, _ := strings.Cut(rest, " ")
	switch {
	case method == "GET" && strings.HasPrefix(target, "/noise?"):
		n, err := parseNoise(target)
		if err != nil {
			return err
		}
		if err := writeHead(conn, n.size); err != nil {
			return err
		}
		return n.send(ctx, conn)
	case method == "POST" && target == "/digest":
		size, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64)
		if err != nil {
			return err
		}
		hash := sha256.New()
		if _, err := io.CopyN(hash, in, size); err != nil {
			return err
		}
		if err := writeHead(conn, 2*sha256.Size); err != nil {
			return err
		}
		_, err = io.WriteString(conn, hex.EncodeToString(hash.Sum(nil)))
		return err
	default:
		return fmt.Errorf("no such target: %s %s", method, target)
	}
}

// writeHead writes the head of an answer with a body of size bytes.
func writeHead(conn net.Conn, size int64) error {
	_, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", size)
	return err
}
