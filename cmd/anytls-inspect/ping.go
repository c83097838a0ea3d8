package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/probe"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

type pingFlags struct {
	outputFlags
	passwordFlags
	reportFlags
	writeFlags
	sni      string
	insecure bool
	serverCA string
	keylog   string
	count    int
	interval time.Duration
	timeout  time.Duration
}

// stepTimeout is how long each step of opening the session may take.
const stepTimeout = 10 * time.Second

func newPing(s *stdio) *cobra.Command {
	var f pingFlags
	c := &cobra.Command{
		Use:   "ping SERVER",
		Short: "Be a client: authenticate, send heartbeats, print round-trips",
		Long: `ping opens a session with an AnyTLS server, times each step apart, and sends
HeartRequests. It ends with exit code 1 where a step fails or a heartbeat is lost.

SERVER is host:port, or anytls://password@host[:port]/?sni=NAME&insecure=1.`,
		Example: `  ANYTLS_PASSWORD=… anytls-inspect ping example.com:8443 -k
  anytls-inspect ping example.com:8443 -k --password-file password.txt -c 100 -i 100ms -o json | tail -1`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(c, errors.New("which server? give one host:port"))
			}
			return runPing(c, s, &f, args[0])
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	f.passwordFlags.register(flags)
	flags.IntVarP(&f.count, "count", "c", 5, "how many heartbeats to send, `N`; 0: until interrupted")
	flags.DurationVarP(&f.interval, "interval", "i", time.Second, "how long between two, `D`")
	flags.DurationVarP(&f.timeout, "heartbeat-timeout", "W", session.DefaultHeartbeatTimeout, "when an unanswered one counts as lost, `D`")
	flags.StringVar(&f.sni, "sni", "", "`NAME` to send (default: the server's host); an IP address: none")
	flags.BoolVarP(&f.insecure, "insecure", "k", false, "don't verify the server's certificate")
	flags.StringVar(&f.serverCA, "server-ca", "", "PEM roots to verify the server with, `FILE` (default: the system's)")
	flags.StringVar(&f.keylog, "keylog", "", "write the TLS secrets to `FILE`, mode 0600 (also SSLKEYLOGFILE)")
	f.outputFlags.register(flags)
	f.reportFlags.register(flags)
	f.writeFlags.register(flags, false)
	return c
}

func (f *pingFlags) check(s *stdio) error {
	if f.output == "" {
		f.output = outText // lines are what one expects of a ping
	}
	switch {
	case f.count < 0:
		return fmt.Errorf("-c %d is negative", f.count)
	case f.interval < minHeartbeat:
		return fmt.Errorf("-i %v is less than %v", f.interval, minHeartbeat)
	case f.timeout <= 0:
		return fmt.Errorf("-W %v is not positive", f.timeout)
	}
	return errors.Join(f.outputFlags.check(s.terminal()), f.reportFlags.check(), f.writeFlags.check())
}

func runPing(c *cobra.Command, s *stdio, f *pingFlags, target string) error {
	srv, err := parseServer(target)
	if err != nil {
		return usage(c, err)
	}
	if err := f.check(s); err != nil {
		return usage(c, err)
	}
	password, err := f.read(srv.password)
	if err != nil {
		return err
	}
	if password == "" {
		return usage(c, errors.New("which password? set ANYTLS_PASSWORD, or give --password-file or -p"))
	}
	var roots *x509.CertPool
	if f.serverCA != "" {
		if roots, err = readRoots(f.serverCA); err != nil {
			return err
		}
	}
	w := newWarner(s)
	keylog, closeLog, err := openKeyLog(f.keylog, w.warn)
	if err != nil {
		return err
	}
	defer closeLog()
	sni := srv.sni
	if f.sni != "" {
		sni = f.sni
	}
	credential := protocol.HashPassword(password)
	j := journal.New(f.limits, session.Config{HeartbeatTimeout: f.timeout, Credential: &credential})
	cfg := probe.ClientConfig{
		Address: srv.address, Password: password, Name: "anytls-inspect/" + version(), Sink: j, Session: 1,
		TLS: &tls.Config{
			MinVersion: tls.VersionTLS12, ServerName: sni, RootCAs: roots, KeyLogWriter: keylog,
			InsecureSkipVerify: f.insecure || srv.insecure, //nolint:gosec // the user asked for it
		},
	}
	recorder, err := f.open(recordingFailed(j, w.warn))
	if err != nil {
		return err
	}
	if recorder != nil {
		cfg.Recorder = recorder
		defer func() { _ = recorder.Close() }() // what went wrong is told as it does
	}
	p := &pinger{stdio: s, flags: f, journal: j, address: srv.address}
	return p.run(c.Context(), cfg)
}

// open opens the session and waits for the server's settings.
func openSession(ctx context.Context, cfg probe.ClientConfig) (*probe.Client, error) {
	dialing, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	client, err := probe.Dial(dialing, cfg)
	if err != nil {
		return nil, err
	}
	greeting, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	return client, client.Greet(greeting)
}
