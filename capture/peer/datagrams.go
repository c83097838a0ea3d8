package peer

import (
	"bufio"
	"errors"
	"time"

	"anytls-inspect/protocol"
)

// maxDatagram is the length of the longest datagram in a stream, address and length
// included, in bytes.
const maxDatagram = protocol.MaxAddress + 2 + protocol.MaxData

// A Datagrams is a stream of UDP-over-TCP, version 2: UDP datagrams in a stream. One
// goroutine may send while another receives.
type Datagrams struct {
	stream    *Stream
	connected bool
	in        *bufio.Reader
	out       []byte // a buffer for Send
}

// Send sends a datagram. A connected stream ignores the datagram's address.
func (d *Datagrams) Send(datagram protocol.Datagram) error {
	b, err := protocol.AppendDatagram(d.out[:0], datagram, d.connected)
	if err != nil {
		return err
	}
	d.out = b[:0]
	_, err = d.stream.Write(b)
	return err
}

// Receive waits for a datagram. Its address is the sender's, or zero in a connected
// stream. Its payload is valid until the next call.
func (d *Datagrams) Receive() (protocol.Datagram, error) {
	return readParsed(d.in, func(b []byte) (protocol.Datagram, int, error) {
		return protocol.ParseDatagram(b, d.connected)
	})
}

// SetDeadline sets the deadline of Send and Receive.
func (d *Datagrams) SetDeadline(t time.Time) error { return d.stream.SetDeadline(t) }

// Close closes the stream.
func (d *Datagrams) Close() error { return d.stream.Close() }

// readParsed reads from r until parse has a whole value. parse returns the value and its
// length in bytes, or [protocol.ErrShort] where it needs more of them. The value may
// alias r's buffer, and is then valid until r is used again. readParsed fails with the
// errors of r and of parse.
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
		_, err = r.Discard(n) // all n are buffered
		return v, err
	}
}
