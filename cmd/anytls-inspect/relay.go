package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
)

func newRelay(s *stdio) *cobra.Command {
	var f relayFlags
	c := &cobra.Command{
		Use:   "relay -s SERVER [-l ADDR]",
		Short: "Proxy, decode, show, inject",
		Long: `relay listens for AnyTLS clients, connects each to SERVER, and relays everything
record by record. Point the client's server address at the relay and let it trust
the relay's certificate: see 'anytls-inspect ca'.

SERVER is host:port, or anytls://password@host[:port]/?sni=NAME&insecure=1.`,
		Example: `  anytls-inspect relay -s example.com:8443 -k
  anytls-inspect relay -s example.com:8443 -k -o json --heartbeat 1s,both --duration 10m`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := f.config(s.terminal())
			if err != nil {
				return err
			}
			return runRelay(c.Context(), s, cfg)
		},
	}
	f.register(c.Flags())
	return c
}

type relayFlags struct {
	listen, server string
	password       passwordFlags
	toServer       serverFlags
	cert, key      string
	keyLog         string
	live           liveFlags
}

func (r *relayFlags) register(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringVarP(&r.listen, "listen", "l", "127.0.0.1:9443", "where clients connect, `ADDR`; port 0 picks one")
	f.StringVarP(&r.server, "server", "s", "", "the real `SERVER` (required)")
	r.password.register(f)
	r.toServer.register(f, "`NAME` to show the server (default: what the client sent); an IP address: none")
	f.StringVar(&r.cert, "cert", "", "certificate `FILE` (PEM) that clients see (default: issued by our own CA)")
	f.StringVar(&r.key, "key", "", "its key `FILE` (PEM)")
	f.StringVar(&r.keyLog, "keylog", "", "write the TLS secrets of both legs to `FILE`, mode 0600 (also SSLKEYLOGFILE)")
	r.live.register(f)
}

// A relayConfig says what is relayed, and how it is shown.
type relayConfig struct {
	listen      string
	server      server
	certificate *tls.Certificate // what clients are shown; nil: leaves of our own CA
	keyLog      string           // path; empty: none
	live        liveConfig       // without a title
}

// config returns what the flags say, and reads the files with the password, the
// roots and the certificate.
func (r *relayFlags) config(terminal bool) (relayConfig, error) {
	if r.server == "" {
		return relayConfig{}, usage(errors.New("which server? give -s host:port"))
	}
	srv, err := parseServer(r.server)
	if err != nil {
		return relayConfig{}, usage(err)
	}
	if (r.cert == "") != (r.key == "") {
		return relayConfig{}, usage(errors.New("--cert and --key go together"))
	}
	cfg := relayConfig{listen: r.listen, keyLog: keyLogPath(r.keyLog)}
	if cfg.live, err = r.live.config(terminal); err != nil {
		return relayConfig{}, usage(err)
	}
	cfg.live.kind = report.Live
	password, err := r.password.config(srv.password)
	if err != nil {
		return relayConfig{}, err
	}
	cfg.live.credential = credentialOf(password)
	if cfg.server, err = r.toServer.config(srv); err != nil {
		return relayConfig{}, err
	}
	if r.cert != "" {
		pair, err := tls.LoadX509KeyPair(r.cert, r.key)
		if err != nil {
			return relayConfig{}, fmt.Errorf("--cert %s, --key %s: %w", r.cert, r.key, err)
		}
		cfg.certificate = &pair
	}
	return cfg, nil
}

// runRelay relays until ctx ends, the duration has passed, or the user quits.
func runRelay(ctx context.Context, s *stdio, cfg relayConfig) error {
	certificate, err := certificates(cfg.certificate)
	if err != nil {
		return err
	}
	w := newWarner(s)
	keyLog, closeLog, err := openKeyLog(cfg.keyLog, w.warn)
	if err != nil {
		return err
	}
	defer closeLog()
	ln, err := net.Listen("tcp", cfg.listen)
	if err != nil {
		return fmt.Errorf("%w; choose another address with -l", err)
	}
	cfg.live.title = fmt.Sprintf("relay %s → %s", ln.Addr(), cfg.server.address)
	l := &liveRunner{stdio: s, warner: w, cfg: cfg.live}
	return l.run(ctx, relay.Config{
		Server: cfg.server.address, SNI: cfg.server.sni, Insecure: cfg.server.insecure, Roots: cfg.server.roots,
		Certificate: certificate, KeyLog: keyLog,
	}, ln, nil)
}

// certificates returns what clients are shown: the given certificate, or leaves of
// our own CA, which is made on first use.
func certificates(given *tls.Certificate) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if given != nil {
		return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return given, nil }, nil
	}
	authority, err := openAuthority()
	if err != nil {
		return nil, err
	}
	return authority.Certificate, nil
}
