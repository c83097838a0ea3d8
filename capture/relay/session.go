package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A conn is one session: two legs, and a link in each direction between them.
type conn struct {
	relay  *Relay
	id     capture.SessionID
	client *wire
	server *wire    // nil until the server was dialed
	links  [2]*link // nil until TLS stands on both legs; relay.mu guards it

	mu    sync.Mutex
	ended bool
	by    session.Closer
	why   string
	// broken says that a write failed: its leg is gone, and both are to be reset.
	broken bool
}

// serve relays one session from its first byte to its last.
func (c *conn) serve(ctx context.Context) {
	defer func() {
		c.relay.remove(c)
		_ = c.client.Close()
		c.client.closeRecording()
		if c.server != nil {
			_ = c.server.Close()
			c.server.closeRecording()
		}
		by, why := c.ending()
		c.record(&capture.Event{Kind: capture.Closed, At: c.relay.clock(), By: by, Reason: why})
	}()
	now := c.relay.clock()
	c.recordLeg(capture.ClientLeg, c.client, now, now)
	c.record(&capture.Event{
		Kind: capture.Opened, At: now,
		Client: c.client.RemoteAddr().String(), Server: c.relay.cfg.Server,
	})
	legs, info, err := c.handshake(ctx)
	if err != nil {
		if ctx.Err() != nil {
			c.finish(session.ClosedByRelay, "")
			return
		}
		c.finish(closerOf(err), protocol.Printable(explain(err)))
		return
	}
	c.record(&capture.Event{Kind: capture.Established, At: c.relay.clock(), TLS: info})
	c.carry(ctx, legs)
}

// carry runs both links until both have ended.
func (c *conn) carry(ctx context.Context, legs [2]*tls.Conn) {
	p := &pact{timeout: c.relay.cfg.HeartbeatTimeout, schemes: c.relay.cfg.Schemes}
	wires := [2]*wire{c.client, c.server}
	var links [2]*link
	for d := range links {
		dir := protocol.Direction(d)
		l := newLink(dir, p)
		from, to := dir.Sender(), dir.Receiver()
		l.src, l.dst = legs[from], legs[to]
		l.cork, l.flush = wires[to].cork, wires[to].flush
		l.record, l.clock = c.record, c.relay.clock
		recordLink(l, wires[from], wires[to])
		wires[from].beforeBlock = l.flushed
		links[d] = l
	}
	toClient := links[protocol.ServerToClient]
	// In a goroutine: a client that does not read must not hold up what it sends.
	links[protocol.ClientToServer].onUnpadded = func() { go toClient.again() }

	c.relay.ready(c, links)
	stop := context.AfterFunc(ctx, func() { c.stop(legs) })
	defer stop()

	var wg sync.WaitGroup
	for d, l := range links {
		dir := protocol.Direction(d)
		wg.Go(func() {
			err := l.run()
			c.linkEnded(dir, l, err, wires[dir.Sender()], wires[dir.Receiver()])
		})
	}
	wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken {
		c.client.reset()
		c.server.reset()
	}
}

// linkEnded passes on how a direction ended: close_notify, the end of the TCP
// stream, or a reset.
func (c *conn) linkEnded(dir protocol.Direction, l *link, err error, from, to *wire) {
	sender := dir.Sender()
	closer := session.Closer(sender)
	var failedWrite *writeError
	if by, _ := c.ending(); by == session.ClosedByRelay {
		return // stop closes both legs
	}
	switch {
	case errors.As(err, &failedWrite):
		c.finish(session.Closer(dir.Receiver()), describe(dir.Receiver(), failedWrite.error))
		c.salvage(from, to)
	case errors.Is(err, io.EOF) && !from.ended:
		c.finish(closer, "")
		if l.closeNotify() != nil {
			return
		}
		if from.drain() != nil {
			to.reset()
			return
		}
		_ = to.CloseWrite() // fails where the receiver has closed already
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		c.finish(closer, "the "+sender.String()+" ended its TCP stream without close_notify")
		_ = to.CloseWrite()
	default:
		c.finish(closer, describe(sender, err))
		to.reset()
		from.reset()
	}
}

// salvage lets the link that comes from a leg which can't be written to carry what
// that peer said last, such as an Alert, to the other leg. Where that link has
// ended, or does not soon, both legs are reset.
func (c *conn) salvage(other, gone *wire) {
	c.mu.Lock()
	c.broken = true
	c.mu.Unlock()
	soon := c.relay.clock().Add(closePatience)
	gone.limitReads(soon)
	other.limitWrites(soon)
}

// describe says in words how a leg failed.
func describe(peer protocol.Peer, err error) string {
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		return "the " + peer.String() + " reset its connection"
	}
	return protocol.Printable(peer.String() + " leg: " + err.Error())
}

// stop ends a session in good order: close_notify to both peers.
func (c *conn) stop(legs [2]*tls.Conn) {
	c.finish(session.ClosedByRelay, "")
	var wg sync.WaitGroup
	for peer, w := range [2]*wire{c.client, c.server} {
		wg.Go(func() {
			// A write that hangs, since its peer does not read, must give up.
			impatient := time.AfterFunc(closePatience, func() { _ = w.Close() })
			defer impatient.Stop()
			_ = legs[peer].CloseWrite()
		})
	}
	wg.Wait()
	_ = c.client.Close()
	_ = c.server.Close()
}

// ending returns what finish noted.
func (c *conn) ending() (by session.Closer, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by, c.why
}

// finish notes who ended the session and why. The first to say so is right.
func (c *conn) finish(by session.Closer, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.ended, c.by, c.why = true, by, why
	}
}

func (c *conn) record(e *capture.Event) {
	e.Session = c.id
	c.relay.sink.Record(e)
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) }

// closerOf returns who is to blame for a handshake that failed.
func closerOf(err error) session.Closer {
	var le *legError
	if errors.As(err, &le) {
		return session.Closer(le.peer)
	}
	return session.ClosedByRelay
}

var _ net.Conn = (*wire)(nil)
