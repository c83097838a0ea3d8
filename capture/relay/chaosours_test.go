package relay_test

import (
	"context"
	"crypto/tls"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// playOurs is the client of a session that is one of package peer: it pads its first writes.
// What it writes and reads it tells its sink, and so there is an account of that, too.
func (s *chaosSession) playOurs(c *chaos, rnd *rand.Rand) {
	e := newEnd(nil, protocol.ClientToServer, c.seed, false)
	ctx, cancel := context.WithTimeout(context.Background(), sessionPatience)
	defer cancel()
	client, err := peer.Dial(ctx, peer.ClientConfig{
		Address: c.near.addr(), Password: "chaos", Rand: rand.NewPCG(rnd.Uint64(), 5), Sink: e.sink(),
		TLS: &tls.Config{RootCAs: c.rig.ca.Pool(), ServerName: chaosName(s.number)},
	})
	if err != nil {
		s.failure = err
		return
	}
	defer client.Close()
	given := time.AfterFunc(sessionPatience, func() { s.tooLong.Store(true); client.Close() })
	defer given.Stop()
	s.client = e

	stop := make(chan struct{})
	var beats, streams sync.WaitGroup
	every := time.Duration(20+rnd.IntN(100)) * time.Millisecond
	beats.Go(func() {
		for !isClosed(stop) {
			if _, err := client.Heartbeat(ctx); err != nil {
				return
			}
			c.pause(every, stop)
		}
	})
	room := make(chan struct{}, 1+rnd.IntN(3))
	for i, t := range s.transfers {
		room <- struct{}{}
		noise := rand.New(rand.NewPCG(rnd.Uint64(), 6))
		streams.Go(func() {
			t.run(ctx, client, noise)
			<-room
		})
		c.pause(time.Duration(spread(rnd, 300))*time.Millisecond, client.Done())
		if c.timeIsUp() {
			s.transfers = s.transfers[:i+1]
			break
		}
	}
	streams.Wait()
	close(stop)
	beats.Wait()
}

// run is a stream of a client of package peer.
func (t *transfer) run(ctx context.Context, client *peer.Client, noise *rand.Rand) {
	stream, err := client.OpenStream(ctx, protocol.Address{Host: "chaos.test", Port: 80})
	if err != nil {
		return
	}
	defer stream.Close()
	var up sync.WaitGroup
	up.Go(func() {
		_, err := stream.Write(t.sizes())
		for left := t.up; left > 0 && err == nil; {
			part := make([]byte, min(left, int(spread(noise, protocol.MaxData))))
			for i := range part {
				part[i] = byte(noise.Uint32())
			}
			left -= len(part)
			_, err = stream.Write(part)
		}
	})
	n, err := io.Copy(io.Discard, stream)
	t.got = int(n)
	t.whole = err == nil && t.got == t.down
	up.Wait()
}

// sink returns a sink that keeps account of what a client of package peer writes and reads.
func (e *end) sink() capture.Sink {
	up := newReckoner(protocol.ClientToServer, e.seed, &e.sent.preamble, func(h protocol.Header, _ []byte, f fingerprint) { e.sent.enter(h, f) })
	down := newReckoner(protocol.ServerToClient, e.seed, &e.got.preamble, func(h protocol.Header, _ []byte, f fingerprint) { e.got.enter(h, f) })
	return sinkFunc(func(event *capture.Event) {
		switch {
		case event.Kind != capture.Data:
		case event.Dir == protocol.ClientToServer:
			up.read(event.Data)
		default:
			down.read(event.Data)
		}
	})
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
