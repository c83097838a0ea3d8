package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newGuide(s *stdio) *cobra.Command {
	f := guideFlags{locate: locateProgram}
	c := &cobra.Command{
		Use:   "guide --server NAME --client NAME",
		Short: "Run the interop guide on a server and a client",
		Long: `guide runs the interop guide on a pair, drives the traffic through the client's SOCKS
inbound, measures, and writes the report: requests without the relay and through it,
heartbeats both ways, what both ends logged of them, UDP, targets of all kinds, idle
sessions, load, throughput and CPU time with heartbeats and without.

The guide starts server and client, and ends them. NAME is an implementation that it knows;
its program is found on PATH, or at NAME=PATH, a program or the folder that has it.
--list prints all of them, and which are found; --list NAME all that is known of one. A
file of --peers adds others. Where --server or --client is given several times, each server
is run with each client, one pair after another, and the report compares them.

Any other program is started by a CMD. In it, {listen} is where the server is to listen,
{server} where the client finds it, {socks} where the client's SOCKS inbound is to listen;
of each, {listen_host} and {listen_port} are the parts. {password}, {cert}, {key} and {ca}
(PEM files) and {dir} (a folder) are for both. {config} names a file that is made of
--server-config FILE or --client-config FILE, where the same stands for the same. No shell
runs a CMD: it is split into words as a shell does.

A server that runs already is given with -s SERVER, such a client with --socks ADDR and
-l ADDR, at which its server has to be for it. Without --socks-direct, --server-log,
--client-log, --server-pid and --client-pid, what needs these is not measured of them.

Exit code 0 says that nothing speaks against any pair, and that all was measured that can
be measured of it; 1 that something does, or that a step could not be run. Ctrl-C ends the
run in order, and what was measured until then is reported: then 1 says that something had
failed. A second one ends it at once, with all that it started.

SERVER is host:port, or anytls://password@host[:port]/?sni=NAME&insecure=1; the port may be
left out (443) where the host has a dot. ADDR may be a port alone, which is one of 127.0.0.1.`,
		Example: `  anytls-inspect guide --server anytls-rs --client anytls-go --quick --report report.html
  anytls-inspect guide --server anytls-rs --server sing-box=./new/sing-box --client mihomo
  anytls-inspect guide --list
  anytls-inspect guide --server-cmd 'my-server -l {listen} -p {password}' \
    --client-cmd 'my-client -l {socks} -s {server} -p {password}'
  anytls-inspect guide -s 127.0.0.1:8443 -k -l 9443 --socks 1080 --password-file password.txt`,
		Args: func(c *cobra.Command, args []string) error {
			if err := noArgs(c, args); err != nil && !f.list { // behind --list they are names
				return usage(fmt.Errorf("%w; the ends are given with --server and --client", err))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if f.list {
				return runGuideList(c.Context(), s, &f, c.Flags(), args)
			}
			cfg, err := f.config(c.Context(), c.Flags().Changed, s.terminal())
			if err != nil {
				return err
			}
			for _, reason := range cfg.missing() {
				s.tell("%s; no pair with it is run", reason)
			}
			return runGuide(c.Context(), s, cfg)
		},
		ValidArgsFunction: f.completeNames,
	}
	f.register(c.Flags())
	f.complete(c)
	return c
}

// guideFlags are the flags of a run of the guide.
type guideFlags struct {
	locate locator // finds the programs of implementations that are known by name

	servers []string // NAME, NAME=PATH, or the address of one that runs already
	clients []string // NAME, NAME=PATH
	peers   string
	list    bool
	started struct{ server, client startFlags }
	running struct {
		listen, socks, socksDirect string
		serverSide, clientSide     runningFlags
	}
	password       passwordFlags
	toServer       serverFlags
	cert, key      string
	target         string
	quick          bool
	duration, idle time.Duration
	dir            string
	output         string
	report         reportFlags
}

// startFlags say how an end is started.
type startFlags struct{ command, config string }

// runningFlags say what can be known of an end that runs already.
type runningFlags struct {
	log string
	pid int
}

// The defaults of how long a run takes, and what they are with --quick.
const (
	guideDuration, quickDuration = time.Minute, 15 * time.Second
	// Go clients close a session that was idle for 30 s.
	guideIdle, quickIdle = 35 * time.Second, 3 * time.Second
	// What a pair has not come to by then is left out with --quick: its end is within the minute.
	quickLimit = 56 * time.Second
)

func (g *guideFlags) register(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringArrayVarP(&g.servers, "server", "s", nil, "start the server `NAME` (or NAME=PATH), or use the one that runs already at host:port; can be repeated")
	f.StringArrayVar(&g.clients, "client", nil, "start the client `NAME` (or NAME=PATH); can be repeated")
	f.StringVar(&g.peers, "peers", "", "know the implementations of `FILE` (TOML), too")
	f.BoolVar(&g.list, "list", false, "print the implementations that are known by name, and which are found; with a NAME behind it, all that is known of that one")
	f.StringVar(&g.started.server.command, "server-cmd", "", "start the server by `CMD`, which has {listen}")
	f.StringVar(&g.started.client.command, "client-cmd", "", "start the client by `CMD`, which has {server} and {socks}")
	f.StringVar(&g.started.server.config, "server-config", "", "make the server's {config} of the template in `FILE`")
	f.StringVar(&g.started.client.config, "client-config", "", "make the client's {config} of the template in `FILE`")
	f.StringVar(&g.running.socks, "socks", "", "use the client that runs already, with its SOCKS inbound at `ADDR`")
	f.StringVarP(&g.running.listen, "listen", "l", "", "have the relay listen at `ADDR`, where that client looks for its server (default: a free port)")
	f.StringVar(&g.running.socksDirect, "socks-direct", "", "measure without the relay through another client of that server, with its SOCKS inbound at `ADDR`")
	for _, end := range [...]struct {
		name  string
		flags *runningFlags
	}{{"server", &g.running.serverSide}, {"client", &g.running.clientSide}} {
		f.StringVar(&end.flags.log, end.name+"-log", "", "read what the "+end.name+" that runs already logs in `FILE`")
		f.IntVar(&end.flags.pid, end.name+"-pid", 0, "measure the CPU time of the "+end.name+" that runs already as process `N`")
	}
	f.StringArrayVarP(&g.password.passwords, "password", "p", nil, "have both ends use the password `PW` (also ANYTLS_PASSWORD; default: one of the run's own, where both are started)")
	f.StringVar(&g.password.file, "password-file", "", "read the password from the line of `FILE`: PW or NAME:PW (one with a colon: NAME:PW or :PW)")
	g.toServer.register(f, "show the server that runs already `NAME` (default: what the client sent); an IP address: none")
	f.StringVar(&g.cert, "cert", "", "show the client the certificate in `FILE` (PEM; default: of the authority {ca}, or for a client that runs already, of that of 'ca')")
	f.StringVar(&g.key, "key", "", "its key is in `FILE` (PEM)")
	f.StringVar(&g.target, "target", "", "request `URL`, http or https, which the server can reach (default: a target of the guide's own, on loopback)")
	f.BoolVar(&g.quick, "quick", false, "end each pair within a minute")
	f.DurationVar(&g.duration, "duration", guideDuration, "have heartbeats go both ways for `D`; with --quick 15s")
	f.DurationVar(&g.idle, "idle", guideIdle, "leave the pair idle for `D` before it is used again; with --quick 3s")
	f.StringVarP(&g.dir, "write", "w", "", "keep in `DIR`, mode 0700, what the programs wrote, and recordings (pcapng) with the secrets inside; of several pairs in a folder each")
	f.StringVarP(&g.output, "output", "o", "", "print or show `KIND`: tui, text, json, quiet (default: "+standardScreen+")")
	g.report.register(f)
}
