package interop

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/guide/traffic"
	"anytls-inspect/protocol"
)

// A rig is a running pair of peers and what sends requests through it, to a target of its own.
type rig struct {
	*traffic.Proxy
	server, client *process.Process
}

// start starts a pair until the test ends. What is between the server and the client is given the
// server's address, and returns the one that the client gets. If the test fails, it logs what the
// programs wrote.
func start(ctx context.Context, t *testing.T, pair Pair, between func(server string) string) *rig {
	t.Helper()
	target, err := traffic.NewTarget()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.Close)
	listen := freeAddr(t)
	cert, key := certificateFiles(t)
	r := new(rig)
	var early protocol.ByPeer[bool]
	r.server, early[protocol.Server] = pair.Server.start(ctx, t, protocol.Server, listen, process.Values{Listen: listen, Cert: cert, Key: key})
	server, socks := between(listen), freeAddr(t)
	r.client, early[protocol.Client] = pair.Client.start(ctx, t, protocol.Client, socks, process.Values{Server: server, Socks: socks})
	if r.Proxy, err = traffic.To(socks, target); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(early[:], true) {
		ready, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		r.Awake(ready) // what is wrong is told by the requests of the test
	}
	return r
}

// startRelayed starts a pair with the relay between its ends, until the test ends.
func startRelayed(ctx context.Context, t *testing.T, pair Pair, mode RelayMode) (*rig, *Relay) {
	t.Helper()
	var relay *Relay
	r := start(ctx, t, pair, func(server string) string {
		relay = startRelay(ctx, t, server, mode)
		return relay.Addr
	})
	return r, relay
}

// startRelay starts the relay until the test ends.
func startRelay(ctx context.Context, t *testing.T, server string, mode RelayMode) *Relay {
	t.Helper()
	relay, err := StartRelay(ctx, t.TempDir(), server, mode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		relay.Kill()
		if t.Failed() {
			t.Logf("the relay wrote:\n%s", relay.Log())
		}
	})
	return relay
}

// start starts a peer as one end of a pair, in a folder of its own, until the test ends. It returns
// when the peer listens at an address, and whether it does so before it is ready: then it closes what
// comes until then.
func (p Peer) start(
	ctx context.Context, t *testing.T, as protocol.Peer, addr string, v process.Values,
) (_ *process.Process, early bool) {
	t.Helper()
	end, err := p.End(ctx, as)
	if err != nil {
		t.Fatal(err)
	}
	v.Password, v.Dir = password, t.TempDir()
	started, err := process.Start(as.String(), *end.Command, v, filepath.Join(v.Dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		started.Kill()
		if t.Failed() {
			t.Logf("the %v, %v, wrote:\n%s", as, p, lastOf(started.Log()))
		}
	})
	if err := started.Ready(ctx, addr, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	return started, end.Command.Early
}

// freeAddr returns an address at which nobody listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := process.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// newCertificate returns the certificate of a server of the tests, and its key, in PEM.
func newCertificate(t *testing.T) (cert, key []byte) {
	t.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	if cert, key, err = authority.Pair("127.0.0.1", "localhost"); err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// certificateFiles returns the paths of a certificate and its key.
func certificateFiles(t *testing.T) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "server.pem"), filepath.Join(dir, "server-key.pem")
	certText, keyText := newCertificate(t)
	for path, text := range map[string][]byte{cert: certText, key: keyText} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
