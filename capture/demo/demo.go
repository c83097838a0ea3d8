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
	sceneName     = "demo.example" // of the server, in its certificate and the clients' SNI
	scenePassword = "demo"
)

// sceneScheme is the server's padding scheme. It isn't the default one, so that
// the first sessions are told to update theirs, and later ones obey it.
const sceneScheme = `stop=6
0=20-60
1=120-360
2=300-600,c,400-900
3=100-200,400-800
4=300-700
5=200-600`

// A Scene is what the demo shows: in one process, on loopback, targets, an AnyTLS
// server and clients with traffic of many kinds, which reach the server through
// somebody else's relay. All that the clients receive is compared with what it
// has to be, so that a relay that changes, loses or holds back bytes is noticed:
// see [Scene.Stats].
//
// What the clients do, and what they send, follows from the seed. When it
// happens depends on the machine.
type Scene struct {
	seed    uint64
	targets *targets
	server  *lobby
	cert    tls.Certificate
	roots   *x509.CertPool
	scheme  *protocol.PaddingScheme
	tally   tally
	hurry   time.Duration // pauses are divided by it
}

// NewScene opens the scene's listeners. Connections to the server wait until Run
// is called. The caller calls Run, or Close.
func NewScene(seed uint64) (*Scene, error) {
	scheme, err := protocol.ParsePaddingScheme([]byte(sceneScheme))
	if err != nil {
		return nil, err
	}
	cert, roots, err := peer.SelfSigned(sceneName)
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
	return &Scene{
		seed: seed, targets: targets, server: newLobby(server), cert: cert, roots: roots, scheme: scheme, hurry: 1,
	}, nil
}

// ServerAddr returns the AnyTLS server's host:port.
func (s *Scene) ServerAddr() string { return s.server.Addr().String() }

// ServerName returns the name in the server's certificate, which clients send as
// their SNI.
func (s *Scene) ServerName() string { return sceneName }

// ServerRoots returns what the server's certificate is verified with.
func (s *Scene) ServerRoots() *x509.CertPool { return s.roots }

// Password returns the password that the server takes.
func (s *Scene) Password() string { return scenePassword }

// Stats returns what the clients have done so far. It is safe for concurrent
// use.
func (s *Scene) Stats() Stats { return s.tally.stats() }

// Close closes the listeners of a scene that was never run.
func (s *Scene) Close() {
	s.server.Close()
	s.targets.close()
}

// Run plays the scene until ctx ends, and then returns nil when all of it has
// ended: first the clients, then the server and the targets. Clients connect to
// relayAddr and verify what they find there with relayRoots. What goes wrong
// with a request is counted, and the next one tried; Run itself fails only where
// the server or a target does. A scene is run once.
func (s *Scene) Run(ctx context.Context, relayAddr string, relayRoots *x509.CertPool) error {
	acting, stopActing := context.WithCancel(ctx)
	defer stopActing()
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
				stopActing()
			}
		})
	}
	host(func() error { return s.targets.serve(serving) })
	host(func() error {
		return peer.Serve(serving, s.server, peer.ServerConfig{
			TLS:          &tls.Config{Certificates: []tls.Certificate{s.cert}},
			Password:     scenePassword,
			Scheme:       s.scheme,
			Dial:         s.dialTarget,
			ListenPacket: s.targets.listenPacket,
			Fallback:     serveFallback,
		})
	})

	newCast(s, relayAddr, relayRoots).play(acting)
	s.server.drain()
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
func (s *Scene) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d / s.hurry)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
