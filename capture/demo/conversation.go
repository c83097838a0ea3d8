package demo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/textproto"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// sitePort is the port of all targets that speak HTTP.
const sitePort = 80

// A conversation is a series of requests and their answers in one stream.
type conversation struct {
	*round
	host   string
	stream *peer.Stream
	in     *bufio.Reader
}

// with opens a stream for a conversation, lets talk have the conversation, and closes
// the stream.
func (r *round) with(client *peer.Client, host string, talk func(*conversation) error) error {
	s, err := client.OpenStream(r, protocol.Address{Host: host, Port: sitePort})
	if err != nil {
		return err
	}
	defer s.Close()
	defer r.cutShort(client)()
	err = talk(&conversation{round: r, host: host, stream: s, in: bufio.NewReader(s)})
	if err != nil && errors.Is(r.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("not done within %v: %w", requestTimeout, err)
	}
	return err
}

// get has a conversation of one request.
func (r *round) get(client *peer.Client, host string, n noise) error {
	return r.with(client, host, func(c *conversation) error { return c.get(n) })
}

// cutShort closes a session if the round's context ends before stop is called. Nothing
// else would end a write that hangs because the relay does.
func (r *round) cutShort(client *peer.Client) (stop func() bool) {
	return context.AfterFunc(r, func() { client.Close() })
}

// get asks for n, and compares the answer with it.
func (c *conversation) get(n noise) error {
	n.pause /= c.demo.speed
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", n.path(), c.host)
	if _, err := io.WriteString(c.stream, request); err != nil {
		return err
	}
	if err := c.head(); err != nil {
		return err
	}
	if err := n.check(c.in); err != nil {
		return err
	}
	c.demo.tally.count(func(s *Stats) { s.Down += uint64(n.size) })
	return nil
}

// post sends n, and compares the digest in the answer with n's.
func (c *conversation) post(n noise) error {
	n.pause /= c.demo.speed
	request := fmt.Sprintf("POST /digest HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", c.host, n.size)
	if _, err := io.WriteString(c.stream, request); err != nil {
		return err
	}
	if err := n.send(c, c.stream); err != nil {
		return err
	}
	if err := c.head(); err != nil {
		return err
	}
	want := n.digest()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c.in, got); err != nil {
		return err
	}
	if string(got) != want {
		return fmt.Errorf("bytes of SHA-256 %q arrived, want %s", got, want)
	}
	c.demo.tally.count(func(s *Stats) { s.Up += uint64(n.size) })
	return nil
}

// head reads the head of an answer.
func (c *conversation) head() error {
	text := textproto.NewReader(c.in)
	line, err := text.ReadLine()
	if err != nil {
		return err
	}
	if line != "HTTP/1.1 200 OK" {
		return fmt.Errorf("the answer begins with %q", line)
	}
	_, err = text.ReadMIMEHeader()
	return err
}

// echo sends n as a datagram and compares what comes back.
func (r *round) echo(d *peer.Datagrams, to protocol.Address, connected bool, n noise) error {
	want := make([]byte, n.size)
	if _, err := io.ReadFull(n.bytes(), want); err != nil {
		return err
	}
	if err := d.Send(protocol.Datagram{Address: to, Payload: want}); err != nil {
		return err
	}
	got, err := d.Receive()
	switch {
	case err != nil:
		return err
	case !bytes.Equal(got.Payload, want):
		return fmt.Errorf("a datagram of %d bytes came back as another", n.size)
	case !connected && got.Address != to:
		return fmt.Errorf("a datagram came from %v, want %v", got.Address, to)
	}
	r.demo.tally.count(func(s *Stats) { s.Up += uint64(n.size); s.Down += uint64(n.size) })
	return nil
}
