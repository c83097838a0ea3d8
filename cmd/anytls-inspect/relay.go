package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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

SERVER is host[:port] (443), or anytls://password@host[:port]/?sni=NAME&insecure=1.
ADDR may be a port alone, which is one of 127.0.0.1; that of all interfaces is :PORT.

For several servers at once give -l and -s for each, in the same order, or --route
with a file (TOML) that has a [[route]] for each: name, listen, server, sni, insecure,
ca, cert, key, client_cert, client_key. Events and screen then say which route a session
came by.

The passwords of the clients, if they are given, tell whose each session is: several -p, or
a file with one a line, PASSWORD or NAME:PASSWORD (a password with a colon: :PASSWORD).

Where TLS fails with a client or the server, standard error says with whom, why, and what
to do. Of a run with --duration the exit code is then 1.

The screen shows what fails while it is there. When it is gone, standard error says with
whom TLS failed, how often, and what went wrong in the sessions, the worst first.

Where an output can't be written, the sessions go on: that is said on standard error and
in the summary, and the exit code is 1.

With --rule and --rules the relay does something with frames: holds, drops, changes, repeats,
inserts, cuts. 'anytls-inspect rules --help' has their language, which -f's expressions share.
--read-only forbids all of that, heartbeats too.`,
		Example: `  anytls-inspect relay -s example.com:8443 -k
  anytls-inspect relay -s example.com:8443 -k -o json --heartbeat 1s,both --duration 10m
  anytls-inspect relay -l :9443 -s one.example:8443 -l :9444 -s two.example:8443 -k
  anytls-inspect relay --route routes.toml
  anytls-inspect relay -s example.com:8443 -k --rule 'delay 4s where cmd == "SYNACK" && stream > 1'`,
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
	listens, servers []string
	routeFile        string
	password         passwordFlags
	toServer         serverFlags
	cert, key        string
	keyLog           string
	connection       connectionFlags
	noPreflight      bool
	live             liveFlags
}

func (r *relayFlags) register(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringArrayVarP(&r.listens, "listen", "l", nil, "listen for clients on `ADDR`; port 0 picks one (default "+defaultListen+")")
	f.StringArrayVarP(&r.servers, "server", "s", nil, "connect clients to `SERVER`, the real one (required); several: one for each -l, in the same order")
	f.StringVar(&r.routeFile, "route", "", "read routes from `FILE` (TOML) instead")
	r.password.register(f)
	r.toServer.register(f, "show the server `NAME` (default: what the client sent); an IP address: none")
	f.StringVar(&r.cert, "cert", "", "show clients the certificate in `FILE` (PEM; default: issued by our own CA)")
	f.StringVar(&r.key, "key", "", "its key is in `FILE` (PEM)")
	f.StringVar(&r.keyLog, "keylog", "", "write the TLS secrets of both legs to `FILE`, mode 0600 (also SSLKEYLOGFILE)")
	r.connection.register(f)
	f.BoolVar(&r.noPreflight, "no-preflight", false, "don't try the server's TLS once at the start")
	r.live.register(f, "draw the chance of rules that follows from `N`")
}

// A relayConfig says what is relayed, and how it is shown.
type relayConfig struct {
	routes []routeConfig
	// connection is for both legs of all routes.
	connection connectionFlags
	live       liveConfig // without a title
}

// config returns what the flags say, and reads the files that they name: routes,
// password, roots, certificate.
func (r *relayFlags) config(terminal bool) (relayConfig, error) {
	cfg := relayConfig{connection: r.connection}
	var err error
	if r.routeFile == "" {
		cfg.routes, err = pair(r.listens, r.servers)
	} else {
		err = r.besideFile()
	}
	if err != nil {
		return relayConfig{}, usage(err)
	}
	if (r.cert == "") != (r.key == "") {
		return relayConfig{}, usage(errors.New("--cert and --key go together"))
	}
	if err := errors.Join(r.toServer.check(), r.connection.check()); err != nil {
		return relayConfig{}, usage(err)
	}
	if cfg.live, err = r.live.config(terminal, namedKeyLog(r.keyLog)); err != nil {
		return relayConfig{}, usage(err)
	}
	cfg.live.kind, cfg.live.preflight = report.Live, !r.noPreflight
	if cfg.live.rules, err = r.live.rulesConfig(); err != nil {
		return relayConfig{}, err
	}
	passwords, err := r.password.given()
	if err != nil {
		return relayConfig{}, err
	}
	if r.routeFile == "" {
		err = r.complete(cfg.routes)
	} else {
		cfg.routes, err = readRoutes(r.routeFile)
	}
	if err != nil {
		return relayConfig{}, err
	}
	for i := range cfg.routes {
		route := &cfg.routes[i]
		route.credentials = credentialsWith(passwords, route.server.password)
	}
	return cfg, nil
}

// besideFile tells which flags are given that a file of routes stands for.
func (r *relayFlags) besideFile() error {
	for _, flag := range [...]struct {
		name  string
		given bool
	}{
		{"-l", len(r.listens) > 0},
		{"-s", len(r.servers) > 0},
		{"--sni", r.toServer.sni != ""},
		{"-k", r.toServer.insecure},
		{"--server-ca", r.toServer.roots != ""},
		{"--client-cert", r.toServer.cert != ""},
		{"--client-key", r.toServer.key != ""},
		{"--cert", r.cert != ""},
		{"--key", r.key != ""},
	} {
		if flag.given {
			return fmt.Errorf("%s does not go with --route: the file says it for each route", flag.name)
		}
	}
	return nil
}

// complete adds to the routes what the other flags say, which is for all of them.
func (r *relayFlags) complete(routes []routeConfig) error {
	all, err := r.toServer.config(server{}) // reads the roots once
	if err != nil {
		return err
	}
	var certificate *tls.Certificate
	if r.cert != "" {
		pair, err := tls.LoadX509KeyPair(r.cert, r.key)
		if err != nil {
			return fmt.Errorf("--cert %s, --key %s: %w", r.cert, r.key, err)
		}
		certificate = &pair
	}
	for i := range routes {
		routes[i].server = r.toServer.add(routes[i].server)
		routes[i].server.roots, routes[i].server.certificate = all.roots, all.certificate
		routes[i].certificate = certificate
	}
	return nil
}

// runRelay relays until ctx ends, the duration has passed, or the user quits.
func runRelay(ctx context.Context, s *stdio, cfg relayConfig) error {
	routes, err := openRoutes(cfg.routes)
	if err != nil {
		return err
	}
	for i := range routes {
		routes[i].HandshakeTimeout, routes[i].KeepAlive = cfg.connection.handshakeTimeout, cfg.connection.keepAlive
	}
	cfg.live.title = titleOf(routes)
	w := newWarner(s)
	l := &liveRunner{stdio: s, warner: w, cfg: cfg.live, keyed: openFingerprintKey(w)}
	return l.run(s.untilSignal(ctx), routes, nil)
}
