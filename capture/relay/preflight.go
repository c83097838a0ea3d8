package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"anytls-inspect/protocol"
)

// slowPatience is how long a server may take to answer before that is told. Clients give up
// about then.
const slowPatience = 5 * time.Second

// drainPatience is how long a server may take to end a connection behind close_notify.
const drainPatience = 2 * time.Second

// Preflight tries once whether TLS with the server stands, and returns what is wrong, and
// what to do, in words that are safe to print. It is no session: the connection has no
// number, nothing of it is recorded, none of its secrets is logged, and nothing is sent but
// TLS's own. That a server takes long is told to slow, in such words, while the try goes on.
//
// Call it when the routes are announced, beside Serve. It ends with ctx, then without an
// error.
//
// Which SNI clients will show the server is not known yet. Where the route says none, it
// is tried with the server's own name; where that is an IP address, without a name, and
// then the certificate may be for any.
func (r *Relay) Preflight(ctx context.Context, slow func(string)) error {
	limited, cancel := context.WithTimeout(ctx, r.cfg.HandshakeTimeout)
	defer cancel()
	host := hostOf(r.cfg.Server)
	g := r.greetingOf(host)
	g.guessed = r.cfg.SNI == ""
	name := r.cfg.SNI
	if name == "" {
		name = g.sni
	}
	patience := min(slowPatience, r.cfg.HandshakeTimeout/2)
	alarm := time.AfterFunc(patience, func() {
		if ctx.Err() == nil {
			slow(protocol.Printable(fmt.Sprintf("a first try of the server %s: it has not answered for %v; going on until it has taken %v (--handshake-timeout)",
				r.cfg.Server, patience, r.cfg.HandshakeTimeout)))
		}
	})
	defer alarm.Stop()
	err := r.try(limited, &g, name)
	if err == nil || ctx.Err() != nil {
		return nil
	}
	return errors.New(protocol.Printable(fmt.Sprintf("a first try of the server %s failed: %s", r.cfg.Server,
		explain(&legError{peer: protocol.Server, err: r.serverError(&g, err)}))))
}

// try connects to the server, makes the handshake, and ends the connection in good order.
func (r *Relay) try(ctx context.Context, g *greeting, name string) error {
	raw, err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = raw.Close() }()
	if r.itself(raw) {
		return errItself
	}
	g.answer = newOpening(raw, false)
	conn := tls.Client(g.answer, r.serverConfig(g, name))
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	g.answer.stand()
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	if err := drain(conn, raw); g.certificate.Refused(err) {
		return err
	}
	return nil
}

// drain ends a connection and reads to its end: one that is closed with bytes unread, such
// as session tickets, is reset. It returns what ended it.
func drain(conn *tls.Conn, raw *net.TCPConn) error {
	_ = raw.SetDeadline(time.Now().Add(drainPatience))
	// Where these fail the server is gone, and what it said last is there to be read.
	_ = conn.CloseWrite()
	_ = raw.CloseWrite()
	buf := make([]byte, 1<<10)
	for {
		if _, err := conn.Read(buf); err != nil {
			return err
		}
	}
}
