package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync"
	"time"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

const (
	serverName = "demo.example" // of the server, in its certificate and the clients' SNI
	password   = "demo"
)

// serverScheme is the server's padding scheme. It isn't the default one, so that
// the first sessions are told to update theirs, and later ones obey it.
const serverScheme = `stop=6
0=20-60
1=120-360
2=300-600,c,400-900
3=100-200,400-800
4=300-700
5=200-600`

// A Demo is what the demo shows: in one process, on loopback, targets, an AnyTLS
// server and clients with traffic of many kinds, which reach the server through
// somebody else's relay. All that the clients receive is compared with what it
// has to be, so that a relay that changes, loses or holds back bytes is noticed:
// see [Demo.Stats].
//
// What the clients do, and what they send, follows from the seed. When it
// happens depends on the machine.
type Demo struct {
	seed    uint64
	targets *targets
	server  *countingListener
	cert    tls.Certificate
	roots   *x509.CertPool
	scheme  *protocol.PaddingScheme
	tally   tally
	speed   time.Duration // pauses are divided by it
}

// New opens the demo's listeners. Connections to the server wait until Run
// is called. The caller calls Run, or Close.
func New(seed uint64) (*Demo, error) {
	scheme, err := protocol.ParsePaddingScheme([]byte(serverScheme))
	if err != nil {
		return nil, err
	}
	cert, roots, err := peer.SelfSigned(serverName)
	if err != nil {
		return nil, err
	}
	targets, err := newTargets()
	if err != nil {
		return nil, err
	}
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		targets.close()
		return nil, err
	}
	return &Demo{
		seed: seed, targets: targets, server: newCountingListener(server), cert: cert, roots: roots, scheme: scheme, speed: 1,
	}, nil
}

// ServerAddr returns the AnyTLS server's host:port.
func (d *Demo) ServerAddr() string { return d.server.Addr().String() }

// ServerName returns the name in the server's certificate, which clients send as
// their SNI.
func (d *Demo) ServerName() string { return serverName }

// ServerRoots returns what the server's certificate is verified with.
func (d *Demo) ServerRoots() *x509.CertPool { return d.roots }

// Password returns the password that the server takes.
func (d *Demo) Password() string { return password }

// Stats returns what the clients have done so far. It is safe for concurrent
// use.
func (d *Demo) Stats() Stats { return d.tally.stats() }

// Close closes the listeners of a demo that was never run.
func (d *Demo) Close() {
	d.server.Close()
	d.targets.close()
}

// Run runs the demo until ctx ends, and then returns nil when all of it has
// ended: first the clients, then the server and the targets. Clients connect to
// relayAddr and verify what they find there with relayRoots. What goes wrong
// with a request is counted, and the next one tried; Run itself fails only where
// the server or a target does. A demo is run once.
func (d *Demo) Run(ctx context.Context, relayAddr string, relayRoots *x509.CertPool) error {
	running, stopRunning := context.WithCancel(ctx)
	defer stopRunning()
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()

	var (
		hosts   sync.WaitGroup
		failure = make(chan error, 2)
	)
	host := func(serve func() error) {
		hosts.Go(func() {
			if err := serve(); err != nil {
				failure <- err
				stopRunning()
			}
		})
	}
	host(func() error { return d.targets.serve(serving) })
	host(func() error {
		return peer.Serve(serving, d.server, peer.ServerConfig{
			TLS:          &tls.Config{Certificates: []tls.Certificate{d.cert}},
			Password:     password,
			Scheme:       d.scheme,
			Dial:         d.dialTarget,
			ListenPacket: d.targets.listenPacket,
			Fallback:     serveFallback,
		})
	})

	newClients(d, relayAddr, relayRoots).run(running)
	d.server.drain()
	stopServing()
	hosts.Wait()
	close(failure)
	var err error
	for f := range failure {
		err = errors.Join(err, f)
	}
	return err
}

// pause waits, and reports false where ctx ends first.
func (d *Demo) pause(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause / d.speed)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
