package interop

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

// SingBox is sing-box of the given version, whose AnyTLS is that of the
// reference's author.
type SingBox struct{ Version string }

var _ Peer = SingBox{}

func (s SingBox) String() string { return "sing-box " + s.Version }

// Server implements [Peer].
func (s SingBox) Server(ctx context.Context, dir, password string) (*Process, string, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, "", err
	}
	certificate, key, err := selfSigned()
	if err != nil {
		return nil, "", err
	}
	inbound := listenAt(addr, object{
		"type":  "anytls",
		"users": []object{{"name": "interop", "password": password}},
		"tls":   object{"enabled": true, "certificate": certificate, "key": key},
	})
	return s.run(ctx, dir, addr, inbound, object{"type": "direct"})
}

// Client implements [Peer].
func (s SingBox) Client(ctx context.Context, dir, addr, password string) (*Process, string, error) {
	server, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, "", err
	}
	socks, err := freeAddr()
	if err != nil {
		return nil, "", err
	}
	outbound := object{
		"type": "anytls", "password": password,
		"server": server.Addr().String(), "server_port": server.Port(),
		"tls": object{"enabled": true, "insecure": true},
		// No session is to be reaped while its heartbeats are counted.
		"idle_session_check_interval": "10m", "idle_session_timeout": "10m",
	}
	return s.run(ctx, dir, socks, listenAt(socks, object{"type": "socks"}), outbound)
}

// run starts a sing-box that passes what comes in at addr on to outbound.
func (s SingBox) run(ctx context.Context, dir, addr string, inbound, outbound object) (*Process, string, error) {
	binary, err := peerBinary("sing-box", s.Version)
	if err != nil {
		return nil, "", err
	}
	config, err := json.MarshalIndent(object{
		"log":       object{"level": "info"},
		"inbounds":  []object{inbound},
		"outbounds": []object{outbound},
	}, "", "  ")
	if err != nil {
		return nil, "", err
	}
	path := filepath.Join(dir, "sing-box.json")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		return nil, "", err
	}
	p, err := Start(ctx, dir, nil, nil, binary, "run", "--disable-color", "-c", path)
	if err != nil {
		return nil, "", err
	}
	if err := p.Ready(ctx, addr); err != nil {
		p.Kill()
		return nil, "", err
	}
	return p, addr, nil
}

// An object is a piece of a configuration.
type object = map[string]any

// listenAt adds to an inbound where it listens.
func listenAt(addr string, inbound object) object {
	at := netip.MustParseAddrPort(addr) // it is our own
	inbound["listen"], inbound["listen_port"] = at.Addr().String(), at.Port()
	return inbound
}

// selfSigned makes a certificate as the reference's server makes its own: it
// has no names, is signed by nobody, and is valid for an hour.
func selfSigned() (certificate, key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return text("CERTIFICATE", der), text("PRIVATE KEY", pkcs8), nil
}
