package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

func newPing(s *stdio) *cobra.Command {
	var f pingFlags
	c := &cobra.Command{
		Use:   "ping SERVER",
		Short: "Be a client: authenticate, send heartbeats, print round-trips",
		Long: `ping opens a session with an AnyTLS server, times each step apart, and sends
HeartRequests. With --target it also opens a stream, says how long the server took to
answer that, and closes it; nothing is sent to the target.

It ends with exit code 1 where a step fails, the server says nothing or refuses the stream,
or a heartbeat is lost. A server of version 1 owes heartbeats no answer: those that it does
not answer are unsupported, and not lost. That it is one shows only in how it answers a
stream: --target finds out, best with a target that speaks first, such as an SSH server.

With -o tui the screen shows what fails. When it is gone, standard error says it.

SERVER is host[:port] (443), or anytls://password@host[:port]/?sni=NAME&insecure=1.`,
		Example: `  ANYTLS_PASSWORD=… anytls-inspect ping example.com:8443 -k
  anytls-inspect ping example.com:8443 -k --password-file password.txt --target example.net:22
  anytls-inspect ping example.com:8443 -k --password-file password.txt -c 100 -i 100ms -o json | tail -1`,
		Args: oneArg("which server? give one host[:port]"),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := f.config(args[0], s.terminal())
			if err != nil {
				return err
			}
			return runPing(c.Context(), s, cfg)
		},
	}
	f.register(c.Flags())
	return c
}

type pingFlags struct {
	password          passwordFlags
	count             int
	interval, timeout time.Duration
	target            string
	toServer          serverFlags
	keyLog            string
	connection        connectionFlags
	output            outputFlags
	report            reportFlags
	recording         recordingFlags
}

func (p *pingFlags) register(f *pflag.FlagSet) {
	f.SortFlags = false
	p.password.registerOne(f)
	f.IntVarP(&p.count, "count", "c", 5, "send `N` heartbeats; 0: until interrupted")
	f.DurationVarP(&p.interval, "interval", "i", time.Second, "let `D` pass between two")
	f.DurationVarP(&p.timeout, "heartbeat-timeout", "W", session.DefaultHeartbeatTimeout, "count a heartbeat that is unanswered for `D` as lost")
	f.StringVar(&p.target, "target", "", "open a stream to `HOST:PORT` too, whose answer may take as long as a heartbeat's (default: none)")
	p.toServer.register(f, "ask the server for `NAME` (default: the server's host); an IP address: none")
	f.StringVar(&p.keyLog, "keylog", "", "write the TLS secrets to `FILE`, mode 0600 (also SSLKEYLOGFILE)")
	p.connection.register(f)
	p.output.registerOwnText(f, standardLines)
	p.report.register(f)
	p.recording.register(f, false)
}

// A pingConfig says what is sent where, and how it is shown.
type pingConfig struct {
	server   server
	password string
	count    int // 0: until interrupted
	interval time.Duration
	timeout  time.Duration    // when an unanswered heartbeat counts as lost
	settings time.Duration    // how long ServerSettings may take
	target   protocol.Address // of a stream to open; zero: none is opened
	keyLog   string           // path; empty: none
	// connection is for the one connection.
	connection connectionFlags
	output     outputConfig
	report     reportConfig
	recording  recordingConfig
}

// config returns what the flags say about a server, and reads the files with the
// password and the roots.
func (p *pingFlags) config(target string, terminal bool) (pingConfig, error) {
	srv, err := parseServer(target)
	if err != nil {
		return pingConfig{}, usage(err)
	}
	switch {
	case p.count < 0:
		return pingConfig{}, usage(fmt.Errorf("-c %d is negative", p.count))
	case p.interval < minHeartbeat:
		return pingConfig{}, usage(fmt.Errorf("-i %v is less than %v", p.interval, minHeartbeat))
	case p.timeout <= 0:
		return pingConfig{}, usage(fmt.Errorf("-W %v is not positive", p.timeout))
	}
	keyLog := namedKeyLog(p.keyLog)
	cfg := pingConfig{count: p.count, interval: p.interval, timeout: p.timeout, settings: settingsTimeout, keyLog: keyLog.path, connection: p.connection}
	var errs [8]error
	cfg.output, errs[0] = p.output.config(p.recording.output(outText), terminal) // people expect lines of a ping
	cfg.report, errs[1] = p.report.config()
	cfg.recording, errs[2] = p.recording.config()
	errs[3], errs[4] = p.toServer.check(), p.connection.check()
	errs[5] = checkDistinct(p.recording.named(), p.report.named(), keyLog)
	errs[7] = p.recording.checkStdout(p.output.kind)
	cfg.target, errs[6] = streamTarget(p.target)
	if err := errors.Join(errs[:]...); err != nil {
		return pingConfig{}, usage(err)
	}
	if cfg.password, err = p.password.one(srv.password); err != nil {
		return pingConfig{}, err
	}
	if cfg.password == "" {
		return pingConfig{}, usage(errors.New("which password? set ANYTLS_PASSWORD, or give --password-file or -p"))
	}
	cfg.server, err = p.toServer.config(srv)
	return cfg, err
}

// streamTarget returns the target that a flag names, as HOST:PORT; the zero address where it
// names none.
func streamTarget(text string) (protocol.Address, error) {
	if text == "" {
		return protocol.Address{}, nil
	}
	host, port, err := net.SplitHostPort(text)
	n, portErr := strconv.ParseUint(port, 10, 16)
	target := protocol.Address{Host: host, Port: uint16(n)}
	switch {
	case err != nil:
	case host == "":
		err = errNoHost
	case !isHost(host):
		err = errHost
	case portErr != nil || n == 0:
		err = errPort
	default:
		_, err = protocol.AppendTarget(nil, target)
	}
	if err != nil {
		return protocol.Address{}, fmt.Errorf("--target %q is not HOST:PORT: %w", text, err)
	}
	return target, nil
}

// runPing pings until all heartbeats are settled or ctx ends; on the screen, until
// the user quits or ctx ends.
func runPing(ctx context.Context, s *stdio, cfg pingConfig) error {
	ctx = s.untilSignal(ctx)
	w := newWarner(s)
	keyed := openFingerprintKey(w)
	p := &pinger{
		stdio: s, warner: w, cfg: cfg, keyed: keyed,
		journal: journal.New(cfg.output.limits, session.Config{
			HeartbeatTimeout: cfg.timeout, Credentials: credentialsOf(cfg.password), Fingerprints: keyed.key,
		}),
	}
	return p.run(ctx)
}
