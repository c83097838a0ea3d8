package replay_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol/session"
)

// TestLiveAndReplayAgreeOnFailures: they agree on who ended a session before or after TLS
// stood, and in which words, and so on its incidents.
func TestLiveAndReplayAgreeOnFailures(t *testing.T) {
	other, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	// accepts serves one connection.
	accepts := func(f func(*net.TCPConn, *tls.Config) error) serveFunc {
		return func(_ context.Context, ln net.Listener, cfg peer.ServerConfig) error {
			conn, err := ln.Accept()
			if err != nil {
				return err
			}
			_ = f(conn.(*net.TCPConn), cfg.TLS)
			return conn.Close()
		}
	}
	shakes := accepts(func(c *net.TCPConn, cfg *tls.Config) error {
		server := tls.Server(c, cfg)
		_, err := io.Copy(io.Discard, server)
		return err
	})
	dials := func(change func(*tls.Config), f func(*tls.Conn) error) clientFunc {
		return func(ctx context.Context, _ *capture.Registry, j *journal.Journal, cfg peer.ClientConfig) {
			change(cfg.TLS)
			raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", cfg.Address)
			if err != nil {
				t.Fatal(err)
			}
			client := tls.Client(raw, cfg.TLS)
			if err := client.HandshakeContext(ctx); err == nil {
				_ = f(client)
			}
			_ = raw.Close()
			until(ctx, t, j, func() bool { return journal.Look(j, journal.AskSummary{}).Sessions > 0 })
		}
	}
	asIs := func(*tls.Config) {}
	reads := func(c *tls.Conn) error { _, err := c.Read(make([]byte, 1)); return err }
	resets := func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) }
	for _, tt := range []struct {
		name   string
		serve  serveFunc
		client clientFunc
		by     session.Closer
		code   session.Code // one of the diagnostics; empty: there need not be any
	}{
		{"the server leaves at once", accepts(func(c *net.TCPConn, _ *tls.Config) error { return c.Close() }), dials(asIs, reads), session.ClosedByServer, session.CodeTLSFailed},
		{"the server resets at once", accepts(func(c *net.TCPConn, _ *tls.Config) error {
			_, err := c.Read(make([]byte, 1))
			return errors.Join(err, resets(c))
		}), dials(asIs, reads), session.ClosedByServer, session.CodeTLSFailed},
		{"the server speaks no TLS", accepts(func(c *net.TCPConn, _ *tls.Config) error {
			_, err := io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			return err
		}), dials(asIs, reads), session.ClosedByServer, session.CodeTLSFailed},
		{"the server's certificate is another CA's", accepts(func(c *net.TCPConn, _ *tls.Config) error {
			return tls.Server(c, &tls.Config{GetCertificate: other.Certificate}).Handshake()
		}), dials(asIs, reads), session.ClosedByServer, session.CodeTLSFailed},
		{"there is no server", func(_ context.Context, ln net.Listener, _ peer.ServerConfig) error { return ln.Close() }, dials(asIs, reads), session.ClosedByServer, session.CodeTLSFailed},
		{"the client does not trust the relay", shakes, dials(func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, reads), session.ClosedByClient, session.CodeTLSFailed},
		{"the client leaves without close_notify", shakes, dials(asIs, func(c *tls.Conn) error {
			return errors.Join(c.Handshake(), c.NetConn().(*net.TCPConn).CloseWrite(), reads(c))
		}), session.ClosedByClient, ""},
		{"the client resets", shakes, dials(asIs, func(c *tls.Conn) error { return resets(c.NetConn().(*net.TCPConn)) }), session.ClosedByClient, ""},
		{"the server resets", accepts(func(c *net.TCPConn, cfg *tls.Config) error {
			server := tls.Server(c, cfg)
			_, err := server.Read(make([]byte, 1))
			return errors.Join(err, resets(c))
		}), dials(asIs, func(c *tls.Conn) error {
			_, err := c.Write(make([]byte, 100))
			return errors.Join(err, reads(c))
		}), session.ClosedByServer, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "rec.pcapng")
			live := relayed(t, file, pcapng.Options{}, tt.serve, tt.client)
			want := timeless(live)
			if want.State.ClosedBy != tt.by || tt.code != "" && want.Codes[tt.code] == 0 {
				t.Errorf("live, closed by the %v, %q, diagnostics %v", want.State.ClosedBy, want.Reason, want.Codes)
			}
			again := replayed(t, file)
			agree(t, want, timeless(again))
			agreeOnIncidents(t, live, again)
		})
	}
}
