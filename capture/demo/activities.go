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
	"anytls-inspect/protocol/session"
)

const ms = time.Millisecond

// activities returns what the clients do. Nearly everything begins within the first
// second, so that a viewer of one second sees most of it. The first session is the desk's, which
// lives as long as the demo: a screen begins with it.
func (c *clients) activities() []activity {
	return []activity{
		{"browse", 40 * ms, 400 * ms, 1300 * ms, (*round).browse},
		{"browse", 90 * ms, 700 * ms, 2000 * ms, (*round).browse},
		{"burst", 500 * ms, 9000 * ms, 16000 * ms, (*round).burst},
		{"heartbeat", 0, 1500 * ms, 2500 * ms, (*round).heartbeat},
		{"chat", 60 * ms, 1000 * ms, 3000 * ms, (*round).chat},
		{"refused", 150 * ms, 7000 * ms, 12000 * ms, (*round).refused},
		{"slow", 200 * ms, 6000 * ms, 11000 * ms, (*round).slow},
		{"udp", 120 * ms, 2000 * ms, 5000 * ms, (*round).datagrams},
		{"download", 300 * ms, 5000 * ms, 9000 * ms, (*round).download},
		{"upload", 450 * ms, 6000 * ms, 10000 * ms, (*round).upload},
		{"visit", 250 * ms, 5000 * ms, 10000 * ms, (*round).visit},
		{"web page", 350 * ms, 60000 * ms, 90000 * ms, (*round).webPage},
		{"wrong password", 600 * ms, 60000 * ms, 120000 * ms, (*round).wrongPassword},
		{"reap", 1000 * ms, 900 * ms, 1100 * ms, (*round).reap},
	}
}

// between draws a number that is at least from and less than to.
func between[T int64 | time.Duration](r *rand.Rand, from, to T) T {
	return from + T(r.Int64N(int64(to-from)))
}

// small draws a body of the size of a page or a picture.
func small(r *rand.Rand) noise {
	return noise{seed: r.Uint64(), size: between[int64](r, 200, 24<<10), chunk: 16 << 10}
}

// browse makes a short request in a session of the pool.
func (r *round) browse() error {
	client, err := r.pool.Take(r)
	if err != nil {
		return err
	}
	if err := r.get(client, siteHost, small(r.rand)); err != nil {
		client.Close() // what went wrong may be the session
		return err
	}
	r.pool.Put(client)
	return nil
}

// burst makes several short requests at once, as a page with pictures does. Each is
// in a session of its own, as with the reference.
func (r *round) burst() error {
	var (
		all  sync.WaitGroup
		errs = make([]error, between[int64](r.rand, 2, 4))
	)
	for i := range errs {
		one := &round{r.Context, r.clients, rand.New(rand.NewPCG(r.rand.Uint64(), 0))}
		all.Go(func() { errs[i] = one.browse() })
	}
	all.Wait()
	return errors.Join(errs...)
}

// reap closes the sessions that have been idle in the pool for idleTimeout.
func (r *round) reap() error {
	r.pool.Reap(time.Now().Add(-idleTimeout / r.demo.speed))
	return errNoRequest
}

// heartbeat sends a heartbeat in the shared session.
func (r *round) heartbeat() error {
	client, err := r.desk.session(r)
	if err != nil {
		return err
	}
	r.beat(client)
	return errNoRequest
}

// beat sends a heartbeat and counts it.
func (r *round) beat(client *peer.Client) {
	ctx, cancel := context.WithTimeout(r, session.DefaultHeartbeatTimeout)
	defer cancel()
	_, err := client.Heartbeat(ctx)
	if err != nil && r.Err() != nil {
		return // the round's end is no loss
	}
	r.demo.tally.count(func(s *Stats) {
		if err != nil {
			s.LostHeartbeats++
			return
		}
		s.Heartbeats++
	})
}

// chat makes many small requests in one long stream, with pauses.
func (r *round) chat() error {
	client, err := r.desk.session(r)
	if err != nil {
		return err
	}
	return r.with(client, chatHost, func(c *conversation) error {
		for range between[int64](r.rand, 10, 30) {
			n := noise{seed: r.rand.Uint64(), size: between[int64](r.rand, 20, 400), chunk: 1 << 10}
			if err := c.get(n); err != nil {
				return err
			}
			if !r.demo.pause(r, between(r.rand, 300*ms, 900*ms)) {
				return r.Err()
			}
		}
		return nil
	})
}

// refused opens a stream that the server's SYNACK refuses.
func (r *round) refused() error {
	client, err := r.desk.session(r)
	if err != nil {
		return err
	}
	err = r.get(client, refusedHost, small(r.rand))
	var refusal *peer.RefusedError
	switch {
	case errors.As(err, &refusal) && strings.HasSuffix(refusal.Text, "connection refused"):
		return errAsExpected
	case err == nil:
		return errors.New("it was not refused")
	}
	return err
}

// slow opens a stream whose SYNACK comes late.
func (r *round) slow() error {
	client, err := r.desk.session(r)
	if err != nil {
		return err
	}
	return r.get(client, slowHost, small(r.rand))
}

// download fetches a body that takes a second or two.
func (r *round) download() error {
	client, err := r.desk.session(r)
	if err != nil {
		return err
	}
	return r.get(client, filesHost, noise{
		seed: r.rand.Uint64(), size: between[int64](r.rand, 1<<20, 4<<20), chunk: 64 << 10, pause: 40 * ms,
	})
}

// upload sends a body that takes a second or so.
func (r *round) upload() error {
	client, err := r.desk.session(r)
	if err != nil {
		return err
	}
	return r.with(client, filesHost, func(c *conversation) error {
		return c.post(noise{
			seed: r.rand.Uint64(), size: between[int64](r.rand, 300<<10, 2<<20), chunk: 40 << 10, pause: 30 * ms,
		})
	})
}

// visit opens a session of its own for a few requests, and closes it. The session
// begins with a heartbeat, as those of jxo-me's client do.
func (r *round) visit() error {
	client, err := r.dial(r, "demo-visitor/1.0", nil)
	if err != nil {
		return err
	}
	defer client.Close()
	r.beat(client)
	for range between[int64](r.rand, 2, 6) {
		if err := r.get(client, addressHost, small(r.rand)); err != nil {
			return err
		}
		if !r.demo.pause(r, between(r.rand, 100*ms, 600*ms)) {
			return r.Err()
		}
	}
	return nil
}

// webPage is a client that does not speak AnyTLS. The server's fallback answers it.
func (r *round) webPage() error {
	config := &tls.Config{RootCAs: r.roots, ServerName: serverName}
	conn, err := (&tls.Dialer{Config: config}).DialContext(r, "tcp", r.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(r, func() { conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+serverName+"\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	page, err := io.ReadAll(conn)
	if err == nil && string(page) != fallbackHead+fallbackText {
		return fmt.Errorf("the page is %q", page)
	}
	return err
}

// wrongPassword is a client with a wrong password. The server closes its session.
func (r *round) wrongPassword() error {
	cfg := r.config("demo-stranger/1.0")
	cfg.Password = "guess"
	client, err := peer.Dial(r, cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := r.get(client, siteHost, small(r.rand)); err == nil {
		return errors.New("it was let in")
	}
	if client.Err() == nil {
		return errors.New("the session was not closed")
	}
	return nil
}

// datagrams sends datagrams to the echo target, in a session of its own. In every
// other round the UDP-over-TCP stream is connected.
func (r *round) datagrams() error {
	client, err := r.dial(r, "demo-resolver/1.0", nil)
	if err != nil {
		return err
	}
	defer client.Close()
	to := protocol.Address{Host: echoHost, Port: echoPort}
	connected := r.datagramRounds.Add(1)%2 == 0
	d, err := client.OpenDatagrams(r, to, connected)
	if err != nil {
		return err
	}
	defer d.Close()
	defer r.cutShort(client)()
	for range between[int64](r.rand, 2, 5) {
		n := noise{seed: r.rand.Uint64(), size: between[int64](r.rand, 30, 1200)}
		if err := r.echo(d, to, connected, n); err != nil {
			return err
		}
		if !r.demo.pause(r, between(r.rand, 80*ms, 400*ms)) {
			return r.Err()
		}
	}
	return nil
}
