package peer

import (
	"bufio"
	"context"
	"errors"
	"time"

	"anytls-inspect/protocol"
)

// maxDatagram is the longest wire form of a datagram in a stream, in bytes.
const maxDatagram = protocol.MaxAddress + 2 + protocol.MaxData

// A Datagrams is a UDP-over-TCP stream, version 2: datagrams in a stream. Sending
// and receiving may go on at once, each by one goroutine at a time.
type Datagrams struct {
	stream    *Stream
	connected bool
	in        *bufio.Reader
	out       []byte
}

// OpenDatagrams opens a stream of datagrams. A connected one carries no
// addresses: all datagrams go to destination. Else destination is only a hint,
// and each datagram says where it goes. Errors are as of OpenStream.
func (c *Client) OpenDatagrams(ctx context.Context, destination protocol.Address, connected bool) (*Datagrams, error) {
	request, err := protocol.UoTRequest{Connect: connected, Destination: destination}.Append(nil)
	if err != nil {
		return nil, err
	}
	s, err := c.openStream(ctx, protocol.Address{Host: protocol.UoTHost}, request)
	if err != nil {
		return nil, err
	}
	return &Datagrams{stream: s, connected: connected, in: bufio.NewReaderSize(s, maxDatagram)}, nil
}

// Send sends a datagram. Its address counts only where the stream is not
// connected.
func (d *Datagrams) Send(datagram protocol.Datagram) error {
	b, err := protocol.AppendDatagram(d.out[:0], datagram, d.connected)
	if err != nil {
		return err
	}
	d.out = b[:0]
	_, err = d.stream.Write(b)
	return err
}

// Receive waits for a datagram. Its payload is valid until the next call. In a
// stream that is not connected its address says where it came from.
func (d *Datagrams) Receive() (protocol.Datagram, error) {
	return readParsed(d.in, func(b []byte) (protocol.Datagram, int, error) {
		return protocol.ParseDatagram(b, d.connected)
	})
}

// SetDeadline is the stream's.
func (d *Datagrams) SetDeadline(t time.Time) error { return d.stream.SetDeadline(t) }

// Close closes the stream.
func (d *Datagrams) Close() error { return d.stream.Close() }

// readParsed reads from r what parse finds complete. A parse that needs more
// fails with [protocol.ErrShort]. What it returns may alias r's buffer, and is
// valid until r is used again. Its errors are r's and parse's.
func readParsed[T any](r *bufio.Reader, parse func([]byte) (T, int, error)) (T, error) {
	for have := 0; ; {
		_, err := r.Peek(have + 1)
		b, _ := r.Peek(r.Buffered())
		if len(b) <= have {
			var none T
			return none, err
		}
		v, n, parseErr := parse(b)
		if errors.Is(parseErr, protocol.ErrShort) {
			have = len(b)
			continue
		}
		if parseErr != nil {
			return v, parseErr
		}
		_, err = r.Discard(n) // they are buffered
		return v, err
	}
}
