package traffic

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// A kind is a kind of target, and what tries it: a text says how it went where that can be in
// several ways.
type kind struct {
	name  string
	limit time.Duration
	try   func(context.Context) (string, error)
}

// kinds are those that the machine has.
func (p *Proxy) kinds() []kind {
	l := p.limits
	all := []kind{
		{"ipv4", l.request, p.by(loopback)},
		{"ipv6", l.request, p.by("::1")},
		{"name", l.request, p.by("localhost")},
		{"slow", l.request, p.slow},
		{"refused", l.tell, p.refused},
		{"silent", l.request + l.silence, p.silent},
	}
	if !p.target.web.six {
		all = slices.DeleteFunc(all, func(k kind) bool { return k.name == "ipv6" })
	}
	return all
}

// Kinds sends a request to each kind of target of our own: by IPv4, by IPv6, by name, to one that
// is slow, one that refuses, and one that never answers. A kind that the machine doesn't have is
// left out, and so is one that the end of ctx cut short. A URL has no kinds.
func (p *Proxy) Kinds(ctx context.Context) []report.TargetKind {
	if !p.Own() {
		return nil
	}
	var all []report.TargetKind
	for _, k := range p.kinds() {
		if ctx.Err() != nil {
			break
		}
		if got, whole := p.run(ctx, k); whole {
			all = append(all, got)
		}
	}
	return all
}

// run tries a kind. It is not whole if the end of ctx cut it short.
func (p *Proxy) run(ctx context.Context, k kind) (got report.TargetKind, whole bool) {
	within, cancel := limited(ctx, k.limit, p.limits.grace)
	defer cancel()
	began := time.Now()
	text, err := k.try(within)
	if err != nil {
		err = explain(within, err)
		text = err.Error()
	}
	took := session.Millis(time.Since(began))
	return report.TargetKind{Kind: k.name, Took: took, OK: err == nil, Text: text}, !isEnded(err)
}

// by asks for a word at a host.
func (p *Proxy) by(host string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		_, err := p.echo(ctx, host)
		return "", err
	}
}

// slow asks for an answer that takes its time, and has to arrive whole.
func (p *Proxy) slow(ctx context.Context) (string, error) {
	_, err := p.bulk(ctx, "/slow", slowSize)
	return "", err
}

// refused connects to a port where nothing listens. The client has to tell: by SOCKS, or by
// closing the connection, as those do that reply before anything was dialled.
func (p *Proxy) refused(ctx context.Context) (string, error) {
	conn, err := p.Dial(ctx, "tcp", p.target.refusedAddr())
	if err != nil {
		switch partOf(err) {
		case replying, closing:
			return err.Error(), nil
		case waiting:
			return "", failed("the client told nothing within %g s: no SOCKS reply", p.limits.tell.Seconds())
		}
		return "", err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	// Some dial only once there is something to send.
	var answer [1]byte
	if _, err = conn.Write([]byte("?")); err == nil {
		_, err = io.ReadFull(conn, answer[:])
	}
	switch {
	case err == nil:
		return "", failed("the client says that it is connected, and bytes come from a port where nothing listens")
	case ctx.Err() != nil:
		return "", failed("the client says that it is connected, and told nothing within %g s", p.limits.tell.Seconds())
	}
	return "the client closed the connection", nil
}

// silent connects to a target that never answers. The stream has to stay open, and another has to
// work meanwhile.
func (p *Proxy) silent(ctx context.Context) (string, error) {
	conn, err := p.Dial(ctx, "tcp", p.target.silentAddr())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	var first token
	_, _ = rand.Read(first[:]) // it can't fail
	heard, stop := p.target.expect(first)
	defer stop()
	over := time.NewTimer(p.limits.silence)
	defer over.Stop()
	if _, err := conn.Write(first[:]); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	var reader sync.WaitGroup
	reader.Go(func() { ended <- staysSilent(conn) })
	defer reader.Wait()
	defer conn.Close()
	if _, err := p.echo(ctx, loopback); err != nil {
		return "", failed("a request on another stream meanwhile: %s", explain(ctx, err))
	}
	select {
	case err := <-ended:
		return "", err
	case <-ctx.Done():
		return "", ctx.Err()
	case <-over.C:
	}
	select {
	case <-heard:
		return "", nil
	default:
		return "", failed("what was sent did not arrive within %g s", p.limits.silence.Seconds())
	}
}

// staysSilent waits until something happens on a connection where nothing should.
func staysSilent(conn net.Conn) error {
	b := make([]byte, 1)
	if n, _ := conn.Read(b); n > 0 {
		return failed("bytes come from a target that sends none")
	}
	return failed("the connection was closed, while the target kept it open")
}
