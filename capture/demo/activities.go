package demo

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

const (
	heartbeatTimeout = 3 * time.Second
	ms               = time.Millisecond
)

// acts is what the clients do. The first moments are crowded on purpose: who
// looks at the demo for a second has to see most of it.
func (c *cast) acts() []act {
	return []act{
		{"browse", 0, 400 * ms, 1300 * ms, (*play).browse},
		{"browse", 90 * ms, 700 * ms, 2000 * ms, (*play).browse},
		{"burst", 500 * ms, 9000 * ms, 16000 * ms, (*play).burst},
		{"heartbeat", 40 * ms, 1500 * ms, 2500 * ms, (*play).heartbeat},
		{"chat", 60 * ms, 1000 * ms, 3000 * ms, (*play).chat},
		{"refused", 150 * ms, 7000 * ms, 12000 * ms, (*play).refused},
		{"slow", 200 * ms, 6000 * ms, 11000 * ms, (*play).slow},
		{"udp", 120 * ms, 2000 * ms, 5000 * ms, (*play).datagrams},
		{"download", 300 * ms, 5000 * ms, 9000 * ms, (*play).download},
		{"upload", 450 * ms, 6000 * ms, 10000 * ms, (*play).upload},
		{"visit", 250 * ms, 5000 * ms, 10000 * ms, (*play).visit},
		{"web page", 350 * ms, 60000 * ms, 90000 * ms, (*play).webPage},
		{"wrong password", 600 * ms, 60000 * ms, 120000 * ms, (*play).wrongPassword},
		{"reap", 1000 * ms, 900 * ms, 1100 * ms, (*play).reap},
	}
}

// between draws a number of the range.
func between[T int64 | time.Duration](r *rand.Rand, from, to T) T {
	return from + T(r.Int64N(int64(to-from)))
}

// small is a body as a page or a picture has it.
func small(r *rand.Rand) noise {
	return noise{seed: r.Uint64(), size: between[int64](r, 200, 24<<10), chunk: 16 << 10}
}

// browse is a short request in a session of the pool.
func (p *play) browse() error {
	client, err := p.pool.Take(p)
	if err != nil {
		return err
	}
	if err := p.get(client, siteHost, small(p.rand)); err != nil {
		client.Close() // whatever went wrong may go on
		return err
	}
	p.pool.Put(client)
	return nil
}

// burst is a page with pictures: several short requests at once, each in a
// session of its own, as the reference does it.
func (p *play) burst() error {
	var (
		all  sync.WaitGroup
		errs = make([]error, between[int64](p.rand, 2, 4))
	)
	for i := range errs {
		one := &play{p.Context, p.cast, rand.New(rand.NewPCG(p.rand.Uint64(), 0))}
		all.Go(func() { errs[i] = one.browse() })
	}
	all.Wait()
	return errors.Join(errs...)
}

// reap closes pooled sessions that nobody used for a while.
func (p *play) reap() error {
	p.pool.Reap(time.Now().Add(-idleTimeout / p.scene.hurry))
	return errNoRequest
}

// heartbeat is one of the client's own, in the standing session.
func (p *play) heartbeat() error {
	client, err := p.desk.session(p)
	if err != nil {
		return err
	}
	p.beat(client)
	return errNoRequest
}

// beat sends a heartbeat and counts it.
func (p *play) beat(client *peer.Client) {
	ctx, cancel := context.WithTimeout(p, heartbeatTimeout)
	defer cancel()
	rtt, err := client.Heartbeat(ctx)
	if err != nil && p.Err() != nil {
		return // cut short by the scene's end
	}
	p.scene.tally.count(func(s *Stats) {
		if err != nil {
			s.LostHeartbeats++
			return
		}
		s.Heartbeats++
		s.LastRTT = rtt
	})
}

// chat is a long stream with a little traffic both ways, now and then.
func (p *play) chat() error {
	client, err := p.desk.session(p)
	if err != nil {
		return err
	}
	return p.with(client, chatHost, func(c *conversation) error {
		for range between[int64](p.rand, 10, 30) {
			n := noise{seed: p.rand.Uint64(), size: between[int64](p.rand, 20, 400), chunk: 1 << 10}
			if err := c.get(n); err != nil {
				return err
			}
			if !p.scene.pause(p, between(p.rand, 300*ms, 900*ms)) {
				return p.Err()
			}
		}
		return nil
	})
}

// refused is a stream that the server's SYNACK refuses.
func (p *play) refused() error {
	client, err := p.desk.session(p)
	if err != nil {
		return err
	}
	err = p.get(client, refusedHost, small(p.rand))
	var refusal *peer.RefusedError
	switch {
	case errors.As(err, &refusal) && strings.HasSuffix(refusal.Text, "connection refused"):
		return errAsExpected
	case err == nil:
		return errors.New("it was not refused")
	}
	return err
}

// slow is a stream whose SYNACK comes late.
func (p *play) slow() error {
	client, err := p.desk.session(p)
	if err != nil {
		return err
	}
	return p.get(client, slowHost, small(p.rand))
}

// download takes a second or two.
func (p *play) download() error {
	client, err := p.desk.session(p)
	if err != nil {
		return err
	}
	return p.get(client, filesHost, noise{
		seed: p.rand.Uint64(), size: between[int64](p.rand, 1<<20, 4<<20), chunk: 64 << 10, pause: 40 * ms,
	})
}

// upload takes a second or so.
func (p *play) upload() error {
	client, err := p.desk.session(p)
	if err != nil {
		return err
	}
	return p.with(client, filesHost, func(c *conversation) error {
		return c.post(noise{
			seed: p.rand.Uint64(), size: between[int64](p.rand, 300<<10, 2<<20), chunk: 40 << 10, pause: 30 * ms,
		})
	})
}

// visit is a session that is opened for a few requests, and closed. It begins
// with a heartbeat, as jxo-me's client does.
func (p *play) visit() error {
	client, err := p.dial(p, "demo-visitor/1.0", nil)
	if err != nil {
		return err
	}
	defer client.Close()
	p.beat(client)
	for range between[int64](p.rand, 2, 6) {
		if err := p.get(client, addressHost, small(p.rand)); err != nil {
			return err
		}
		if !p.scene.pause(p, between(p.rand, 100*ms, 600*ms)) {
			return p.Err()
		}
	}
	return nil
}

// webPage is a client that does not speak AnyTLS: the server's fallback answers.
func (p *play) webPage() error {
	config := &tls.Config{RootCAs: p.roots, ServerName: sceneName}
	conn, err := (&tls.Dialer{Config: config}).DialContext(p, "tcp", p.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(p, func() { conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+sceneName+"\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	page, err := io.ReadAll(conn)
	if err == nil && string(page) != fallbackHead+fallbackText {
		return fmt.Errorf("the page is %q", page)
	}
	return err
}

// wrongPassword is a client that the server does not know: it closes.
func (p *play) wrongPassword() error {
	cfg := p.config("demo-stranger/1.0")
	cfg.Password = "guess"
	client, err := peer.Dial(p, cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := p.get(client, siteHost, small(p.rand)); err == nil {
		return errors.New("it was let in")
	}
	if client.Err() == nil {
		return errors.New("the session was not closed")
	}
	return nil
}

// datagrams are some in a session of their own, which come back from an echo. In
// every other turn the stream is connected.
func (p *play) datagrams() error {
	client, err := p.dial(p, "demo-resolver/1.0", nil)
	if err != nil {
		return err
	}
	defer client.Close()
	to := protocol.Address{Host: echoHost, Port: echoPort}
	connected := p.round.Add(1)%2 == 0
	d, err := client.OpenDatagrams(p, to, connected)
	if err != nil {
		return err
	}
	defer d.Close()
	defer p.cutShort(client)()
	for range between[int64](p.rand, 2, 5) {
		n := noise{seed: p.rand.Uint64(), size: between[int64](p.rand, 30, 1200)}
		if err := p.echo(d, to, connected, n); err != nil {
			return err
		}
		if !p.scene.pause(p, between(p.rand, 80*ms, 400*ms)) {
			return p.Err()
		}
	}
	return nil
}
