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
	serverName = "demo.example" // in the server's certificate and the clients' SNI
	password   = "demo"
)

// serverScheme is the server's padding scheme. It differs from the default, so that
// the server tells the first sessions to update theirs. Later sessions of the pool
// obey it.
const serverScheme = `stop=6
0=20-60
1=120-360
2=300-600,c,400-900
3=100-200,400-800
4=300-700
5=200-600`

// A Demo is an AnyTLS server, its targets and its clients. The clients reach the
// server through the caller's relay.
//
// What the clients do and send follows from the seed. When they do it depends on
// the machine.
type Demo struct {
	seed    uint64
	targets *targets
	server  *countingListener
	cert    tls.Certificate
	roots   *x509.CertPool
	scheme  *protocol.PaddingScheme
	tally   tally
	speed   time.Duration // a factor: pauses are divided by it
}

// New opens the listeners. Connections to the server wait until Run is called. The
// caller calls Run, which closes the listeners, or Close.
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

// ServerRoots returns the pool to verify the server's certificate with.
func (d *Demo) ServerRoots() *x509.CertPool { return d.roots }

// Password returns the server's password.
func (d *Demo) Password() string { return password }

// Stats returns what the clients have done so far. It is safe for concurrent
// use.
func (d *Demo) Stats() Stats { return d.tally.stats() }

// Close closes the listeners. After Run there is nothing left to close.
func (d *Demo) Close() {
	d.server.Close()
	d.targets.close()
}

// Run runs the demo until ctx ends. The clients connect to relayAddr, and verify the
// relay's certificate with relayRoots. A request that fails is counted, and the
// clients go on. Run fails where the server or a target does.
//
// Run waits for all that it started: first for the clients, then for the server and
// the targets. A demo is run once.
func (d *Demo) Run(ctx context.Context, relayAddr string, relayRoots *x509.CertPool) error {
	running, stopRunning := context.WithCancel(ctx)
	defer stopRunning()
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()

	var (
		hosts   sync.WaitGroup // the server and the targets
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

// pause waits for a pause at the demo's speed. It returns false where ctx ends first.
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
