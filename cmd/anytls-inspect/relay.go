package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
)

type relayFlags struct {
	outputFlags
	heartbeatFlags
	passwordFlags
	reportFlags
	writeFlags
	listen, server, sni string
	insecure            bool
	serverCA            string
	cert, key           string
	keylog              string
	duration            time.Duration
}

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
		RunE: func(c *cobra.Command, _ []string) error { return runRelay(c, s, &f) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.listen, "listen", "l", "127.0.0.1:9443", "where clients connect, `ADDR`; port 0 picks one")
	flags.StringVarP(&f.server, "server", "s", "", "the real `SERVER` (required)")
	f.passwordFlags.register(flags)
	flags.StringVar(&f.sni, "sni", "", "`NAME` to show the server (default: what the client sent); an IP address: none")
	flags.BoolVarP(&f.insecure, "insecure", "k", false, "don't verify the server's certificate")
	flags.StringVar(&f.serverCA, "server-ca", "", "PEM roots to verify the server with, `FILE` (default: the system's)")
	flags.StringVar(&f.cert, "cert", "", "certificate `FILE` (PEM) that clients see (default: issued by our own CA)")
	flags.StringVar(&f.key, "key", "", "its key `FILE` (PEM)")
	flags.StringVar(&f.keylog, "keylog", "", "write the TLS secrets of both legs to `FILE`, mode 0600 (also SSLKEYLOGFILE)")
	f.outputFlags.register(flags)
	f.heartbeatFlags.register(flags)
	f.reportFlags.register(flags)
	f.writeFlags.register(flags, true)
	flags.DurationVar(&f.duration, "duration", 0, "stop by itself after `D`")
	return c
}

func runRelay(c *cobra.Command, s *stdio, f *relayFlags) error {
	if f.server == "" {
		return usage(c, errors.New("which server? give -s host:port"))
	}
	srv, err := parseServer(f.server)
	if err != nil {
		return usage(c, err)
	}
	if (f.cert == "") != (f.key == "") {
		return usage(c, errors.New("--cert and --key go together"))
	}
	if f.duration < 0 {
		return usage(c, fmt.Errorf("--duration %v is negative", f.duration))
	}
	if err := errors.Join(f.outputFlags.check(s.terminal()), f.heartbeatFlags.check(), f.reportFlags.check(), f.writeFlags.check()); err != nil {
		return usage(c, err)
	}
	credential, err := f.credential(srv.password)
	if err != nil {
		return err
	}
	cfg := relay.Config{Server: srv.address, SNI: srv.sni, Insecure: f.insecure || srv.insecure}
	if f.sni != "" {
		cfg.SNI = f.sni
	}
	if f.serverCA != "" {
		if cfg.Roots, err = readRoots(f.serverCA); err != nil {
			return err
		}
	}
	if cfg.Certificate, err = certificates(f.cert, f.key); err != nil {
		return err
	}
	w := newWarner(s)
	r := &runner{
		stdio: s, warner: w, output: f.outputFlags, heartbeat: f.heartbeatFlags, duration: f.duration,
		report: &f.reportFlags, write: &f.writeFlags, kind: report.Live, credential: credential,
	}
	keylog, closeLog, err := openKeyLog(f.keylog, w.warn)
	if err != nil {
		return err
	}
	cfg.KeyLog = keylog
	defer closeLog()
	ln, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("%w; choose another address with -l", err)
	}
	r.title = fmt.Sprintf("relay %s → %s", ln.Addr(), srv.address)
	return r.run(c.Context(), cfg, ln, nil)
}

// certificates returns what clients are shown: the given certificate, or leaves
// of our own CA.
func certificates(cert, key string) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("--cert %s, --key %s: %w", cert, key, err)
		}
		return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil }, nil
	}
	ca, err := openAuthority()
	if err != nil {
		return nil, err
	}
	return ca.Certificate, nil
}
