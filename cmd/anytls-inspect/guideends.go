package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// checkEnds tells what is wrong with how the ends are given. Given tells whether a flag was given.
func (g *guideFlags) checkEnds(given func(flag string) bool, n namedEnds) error {
	server, client := &g.started.server, &g.started.client
	servers, clients := n.address != "" || len(n.servers) > 0, len(n.clients) > 0
	switch {
	case server.command == "" && !servers:
		return errors.New("which server? give --server NAME, which 'guide --list' lists, --server-cmd CMD to have another started, or -s HOST:PORT if it runs already")
	case server.command != "" && servers:
		return errors.New("--server-cmd starts a server, and -s (--server) names one: give one of the two")
	case client.command == "" && !clients && g.running.socks == "":
		return errors.New("which client? give --client NAME, which 'guide --list' lists, --client-cmd CMD to have another started, or --socks ADDR and -l ADDR if it runs already")
	case client.command != "" && clients:
		return errors.New("--client-cmd starts a client, and --client names one: give one of the two")
	case clients && g.running.socks != "":
		return errors.New("--client starts a client, and --socks is of one that runs already: give one of the two")
	case client.command != "" && g.running.socks != "":
		return errors.New("--client-cmd starts a client, and --socks is of one that runs already: give one of the two")
	case g.running.socks != "" && g.running.listen == "":
		return errors.New("a client that runs already has to find the relay: give -l ADDR, and point its server address there")
	}
	if err := g.checkBeside(given, n.address == "", g.running.socks == ""); err != nil {
		return err
	}
	for _, end := range [...]struct {
		flag string
		pid  int
	}{{"--server-pid", g.running.serverSide.pid}, {"--client-pid", g.running.clientSide.pid}} {
		if end.pid < 0 || end.pid == 0 && given(end.flag[2:]) {
			return fmt.Errorf("%s %d is no process", end.flag, end.pid)
		}
	}
	return nil
}

// checkBeside tells of flags that don't go with how the ends are given: whether server and client
// are started.
func (g *guideFlags) checkBeside(given func(flag string) bool, startsServer, startsClient bool) error {
	const running = "goes with -s HOST:PORT, a server that runs already"
	for _, flag := range [...]struct {
		name string
		not  bool
		why  string
	}{
		{"server-config", g.started.server.command == "", "goes with --server-cmd, which names the file that is made of it as {config}"},
		{"client-config", g.started.client.command == "", "goes with --client-cmd, which names the file that is made of it as {config}"},
		{"server-log", startsServer, running + ": what a server writes that is started is read anyway"},
		{"client-log", startsClient, "goes with --socks: what a client writes that is started is read anyway"},
		{"server-pid", startsServer, running + ": of a server that is started it is known"},
		{"client-pid", startsClient, "goes with --socks: of a client that is started it is known"},
		{"socks-direct", startsClient, "goes with --socks: a client that is started is started once more, without the relay"},
		{"socks-direct", startsServer, running + ": where a server is started, no client that runs already can know it"},
		{"sni", startsServer, running + ": of a server that is started, the certificate is the run's own"},
		{"insecure", startsServer, running + ": a server that is started is not verified"},
		{"server-ca", startsServer, running + ": a server that is started is not verified"},
		{"client-cert", startsServer, running + ": a server that is started is shown none"},
		{"client-key", startsServer, running + ": a server that is started is shown none"},
	} {
		if flag.not && given(flag.name) {
			return fmt.Errorf("--%s %s", flag.name, flag.why)
		}
	}
	return nil
}

// ends returns the pairs that are run: cfg, which is what they have in common, with the ends. It
// reads the files that are named, and finds the programs of the ends that are given by name.
func (g *guideFlags) ends(ctx context.Context, cfg guide.Config, n namedEnds) ([]guide.Config, error) {
	var srv server
	if n.address != "" {
		var err error
		if srv, err = parseServer(n.address); err != nil {
			return nil, usage(err)
		}
		if !isLoopback(srv.address) && g.target == "" {
			return nil, usage(fmt.Errorf("the server %s is elsewhere, and can't reach a target of the guide's own, on loopback: give --target URL, such as http://example.com/", srv.address))
		}
	}
	var errs [3]error
	if g.running.listen != "" {
		cfg.Listen, errs[0] = g.listen()
	}
	if g.running.socks != "" {
		cfg.Client.Socks, errs[1] = runningAddress("--socks", g.running.socks)
	}
	if g.running.socksDirect != "" {
		cfg.SocksDirect, errs[2] = runningAddress("--socks-direct", g.running.socksDirect)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return nil, usage(err)
	}
	var err error
	if cfg.Password, err = g.password.one(srv.password); err != nil {
		return nil, err
	}
	if cfg.Password == "" && (n.address != "" || g.running.socks != "") {
		return nil, usage(errors.New("which password has the end that runs already? set ANYTLS_PASSWORD, or give --password-file or -p"))
	}
	if srv, err = g.toServer.config(srv); err != nil {
		return nil, err
	}
	cfg.Server.Peer.Name = srv.address
	cfg.Route = capture.Route{Server: srv.address, SNI: srv.sni, Insecure: srv.insecure}
	cfg.Roots, cfg.ClientCertificate = srv.roots, srv.certificate
	if err := errors.Join(
		g.started.server.into(&cfg.Server, "server", cfg.Password == "", "listen"),
		g.started.client.into(&cfg.Client, "client", cfg.Password == "", "server", "socks"),
		g.running.serverSide.into(&cfg.Server, "server"),
		g.running.clientSide.into(&cfg.Client, "client"),
	); err != nil {
		return nil, err
	}
	servers, clients, err := g.located(ctx, n)
	if err != nil {
		return nil, err
	}
	if n.servers == nil {
		servers = []guide.End{cfg.Server}
	}
	if n.clients == nil {
		clients = []guide.End{cfg.Client}
	}
	return pairs(&cfg, servers, clients), nil
}

// listen returns where the relay listens for a client that runs already, or for one that is
// started.
func (g *guideFlags) listen() (string, error) {
	if g.running.socks != "" {
		return runningAddress("-l", g.running.listen)
	}
	return namedAddress("-l", g.running.listen)
}

// maxTemplate bounds the template of a configuration file, in bytes.
const maxTemplate = 1 << 20

// into has an end started by the command, if there is one. It has to use what is required, and
// the password, unless that is known without.
func (s *startFlags) into(end *guide.End, name string, password bool, required ...string) error {
	if s.command == "" {
		return nil
	}
	flag := "--" + name + "-cmd"
	command, err := process.Parse(s.command)
	if err != nil {
		return usage(fmt.Errorf("%s: %w", flag, err))
	}
	if s.config != "" {
		text, err := readTemplate(s.config)
		if err != nil {
			return fmt.Errorf("--%s-config: %w", name, err)
		}
		if !uses(command.Words, "{config}") {
			return usage(fmt.Errorf("%s does not name {config}, the file that is made of --%s-config", flag, name))
		}
		command.Config, command.ConfigName = text, filepath.Base(s.config) // some programs go by how it ends
	}
	if err := command.Check(required...); err != nil {
		return usage(fmt.Errorf("%s: %w", flag, err))
	}
	if password && !uses(append(command.Words, command.Config), "{password}") {
		return usage(fmt.Errorf("%s has no {password}: write it where the password stands, or give the %s's with -p or --password-file", flag, name))
	}
	*end = guide.NewEnd(report.Peer{Name: programOf(command.Words, name)}, command)
	return nil
}

// into adds to an end that runs already what can be known of it.
func (r *runningFlags) into(end *guide.End, name string) error {
	end.Log, end.PID = r.log, r.pid
	if r.pid != 0 {
		if _, err := process.CPU(r.pid); err != nil && !errors.Is(err, process.ErrNoCPU) {
			return fmt.Errorf("--%s-pid: %w", name, err)
		}
	}
	if r.log == "" {
		return nil
	}
	info, err := os.Stat(r.log) // a pipe would be waited for until somebody writes
	if err != nil {
		return fmt.Errorf("--%s-log: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return usage(fmt.Errorf("--%s-log %s is no file that can be read again: name the file to which the %s logs", name, r.log, name))
	}
	f, err := os.Open(r.log)
	if err != nil {
		return fmt.Errorf("--%s-log: %w", name, err)
	}
	return f.Close()
}

// readTemplate reads the template of a configuration file.
func readTemplate(path string) (string, error) {
	text, err := readBounded(path, maxTemplate)
	if err == nil && len(text) == 0 {
		err = fmt.Errorf("%s is empty", path)
	}
	return string(text), err
}

// readBounded reads a file of no more bytes than that: a device may have any number.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return text, err
}

// uses tells whether a placeholder is in one of some texts.
func uses(texts []string, placeholder string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, placeholder) })
}

// programOf returns the name of the program that a command line starts, also by way of env; where
// there is none, otherwise.
func programOf(words []string, otherwise string) string {
	for i, word := range words {
		name := strings.TrimSuffix(filepath.Base(word), ".exe")
		if i == 0 && name == "env" || i > 0 && strings.Contains(word, "=") {
			continue
		}
		if strings.HasPrefix(word, "-") || strings.ContainsAny(word, "{}") {
			break
		}
		return protocol.Printable(name)
	}
	return otherwise
}
