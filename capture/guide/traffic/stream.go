package traffic

import (
	"context"
	"errors"
	"io"
	"net"
)

// pings is how often a byte goes to and fro on a new stream: more writes than the default
// padding scheme shapes. Only after those a relay can inject heartbeats toward the client.
const pings = 32

// A Stream is a connection through the client to our own target's mirror. Its methods may not be
// called concurrently.
type Stream struct {
	conn   net.Conn
	next   byte
	limits limits
}

// Open opens a stream, and has bytes go to and fro on it until the default padding scheme shapes
// the client's writes no more. Each of them has the time of a request: on a long way, or a busy
// machine, all together take longer.
func (p *Proxy) Open(ctx context.Context) (*Stream, error) {
	if !p.Own() {
		return nil, errors.New("only a target of our own has a mirror")
	}
	if ctx.Err() != nil {
		return nil, errEnded
	}
	within, cancel := limited(ctx, p.limits.request, p.limits.grace)
	defer cancel()
	conn, err := p.Dial(within, "tcp", p.target.mirrorAddr())
	if err != nil {
		return nil, explain(within, err)
	}
	s := &Stream{conn: conn, limits: p.limits}
	for range pings {
		if err := s.Echo(ctx); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return s, nil
}

// Echo has a byte go to and fro. After an error the stream is of no use.
func (s *Stream) Echo(ctx context.Context) error {
	if ctx.Err() != nil {
		return errEnded
	}
	within, cancel := limited(ctx, s.limits.request, s.limits.grace)
	defer cancel()
	if err := s.echo(within); err != nil {
		return explain(within, err)
	}
	return nil
}

// echo sends a byte, each time another, and waits until it is back.
func (s *Stream) echo(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	defer stop()
	s.next++
	if _, err := s.conn.Write([]byte{s.next}); err != nil {
		return err
	}
	var back [1]byte
	if _, err := io.ReadFull(s.conn, back[:]); err != nil {
		return err
	}
	if back[0] != s.next {
		return failed("byte %d came back as %d", s.next, back[0])
	}
	return nil
}

// Close closes the stream.
func (s *Stream) Close() error { return s.conn.Close() }
