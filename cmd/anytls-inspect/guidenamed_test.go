package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/guide/known"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// locateFake finds every program of version 1 without a look at PATH, but none at a path "nowhere".
func locateFake(_ context.Context, i *known.Implementation, end protocol.Peer, path string) (known.Program, error) {
	if path == "nowhere" {
		return known.Program{}, errors.New(i.Name + ": none")
	}
	if path == "" {
		path = "/path/" + i.Name + "-" + end.String()
	}
	return known.Program{Path: path, Version: "1"}, nil
}

// TestGuideNames: ends that are given by name are started by what is known of them, each server with
// each client.
func TestGuideNames(t *testing.T) {
	environment(t, "", "")
	t.Setenv("RUST_LOG", "")
	cfg, err := guideConfigOf(t, true, "-s", "ANYTLS-rs", "--server", "sing-box=./a=b@c/sing-box", "--client", "anytls-rs", "--client", "sing-box",
		"-l", "9999", "--quick", "-p", "pw")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range cfg.pairs {
		pair := &cfg.pairs[i]
		got = append(got, pair.Server.Peer.String()+" "+pair.Server.Command.Words[0]+" ← "+pair.Client.Peer.String()+" "+pair.Client.Command.Words[0])
		holds(t, "what pairs have in common", []any{pair.Listen, pair.Plan.Quick, pair.Password}, []any{"127.0.0.1:9999", true, "pw"})
	}
	holds(t, "the pairs", got, []string{
		"anytls-rs 1 /path/anytls-rs-server ← anytls-rs 1 /path/anytls-rs-client",
		"anytls-rs 1 /path/anytls-rs-server ← sing-box 1 /path/sing-box-client",
		"sing-box 1 ./a=b@c/sing-box ← anytls-rs 1 /path/anytls-rs-client",
		"sing-box 1 ./a=b@c/sing-box ← sing-box 1 /path/sing-box-client",
	})
	rs, err := known.Builtin().Find("anytls-rs")
	if err != nil {
		t.Fatal(err)
	}
	server := &cfg.pairs[0].Server
	holds(t, "the language", server.Peer.Language, "Rust")
	holds(t, "the patterns", server.Patterns, rs.Log)
	holds(t, "the habits", server.Habits, rs.Habits)
	holds(t, "the environment of a program in Rust", server.LogEnv, []string{"RUST_LOG=debug"})
	if cfg.pairs[3].Client.Command.Config == "" {
		t.Error("sing-box has no configuration")
	}

	// The other end may be given in any way.
	for _, line := range [][]string{
		{"--server", "anytls-rs", "--server", "sing-box", "--client-cmd", "c {socks} {server} {password}"},
		{"--server", "anytls-rs", "--server", "sing-box", "--socks", "1080", "-l", "9443", "-p", "pw"},
		{"--server-cmd", "s {listen} {password}", "--client", "anytls-rs", "--client", "sing-box"},
		{"-s", "127.0.0.1:8443", "-k", "--client", "anytls-rs", "--client", "sing-box", "-p", "pw"},
	} {
		cfg, err := guideConfigOf(t, true, line...)
		if err != nil || len(cfg.pairs) != 2 {
			t.Errorf("%q: %d pairs, %v", line, len(cfg.pairs), err)
		}
	}
	holds(t, "the server that runs", func() capture.Route {
		cfg, _ := guideConfigOf(t, true, "-s", "localhost", "--client", "sing-box", "-p", "pw", "-k")
		return cfg.pairs[0].Route
	}(), capture.Route{Server: "localhost:443", Insecure: true})
}

// TestGuideMissing: a pair whose program is not found can't be run. Of several, those with it are
// known to fail, and the others are run.
func TestGuideMissing(t *testing.T) {
	environment(t, "", "")
	var wrong *usageError
	_, err := guideConfigOf(t, true, "--server", "anytls-rs=nowhere", "--client", "sing-box=nowhere")
	if err == nil || errors.As(err, &wrong) || err.Error() != "the server anytls-rs: none\nthe client sing-box: none" {
		t.Errorf("one pair: %v", err)
	}
	cfg, err := guideConfigOf(t, true, "--server", "anytls-rs", "--server", "anytls-rs=nowhere", "--client", "sing-box")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the pair that can be run", cfg.pairs[0].Server.Missing, error(nil))
	if got := cfg.pairs[1].Server.Missing; got == nil || cfg.pairs[1].Server.Peer.Name != "anytls-rs" {
		t.Errorf("the other is %+v", cfg.pairs[1].Server)
	}
	holds(t, "what is told before the run", cfg.missing(), []string{"the server anytls-rs: none"})
}

// TestGuideAlike: of programs of one name and version, a report says where each is: their pairs are
// several. One that is not found is not called untested.
func TestGuideAlike(t *testing.T) {
	environment(t, "", "")
	cfg, err := guideConfigOf(t, true, "--server", "anytls-rs=./old", "--server", "anytls-rs", "--server", "anytls-rs=nowhere", "--client", "sing-box")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var scenarios []report.Scenario
	for i := range cfg.pairs {
		server, client := cfg.pairs[i].Server.Peer, cfg.pairs[i].Client.Peer
		names = append(names, server.String())
		scenarios = append(scenarios, report.Scenario{Kind: report.Pair, Server: server, Client: client})
		holds(t, server.String()+" is untested", server.Untried, cfg.pairs[i].Server.Missing == nil)
	}
	holds(t, "what the servers are called", names, []string{"anytls-rs 1 (old)", "anytls-rs 1 (path/anytls-rs-server)", "anytls-rs"})
	holds(t, "what the client is called", cfg.pairs[0].Client.Peer.String(), "sing-box 1")
	holds(t, "the pairs of the report", len(report.Combine(report.Meta{}, scenarios...).Pairs()), 3)
}

// TestGuidePeers: a file adds implementations to those that are known, and may replace them.
func TestGuidePeers(t *testing.T) {
	environment(t, "", "")
	peers := documentedPeers(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("peers.toml", []byte(peers), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := guideConfigOf(t, true, "--peers", "peers.toml", "--server", "my-anytls", "--client", "sing-box")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the server", cfg.pairs[0].Server.Peer.String(), "my-anytls 1")

	var wrong *usageError
	_, err = guideConfigOf(t, true, "--peers", "none.toml", "--server", "my-anytls", "--client", "sing-box")
	if err == nil || errors.As(err, &wrong) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile("peers.toml", []byte("[[implementation]]\nnome = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = guideConfigOf(t, true, "--peers", "peers.toml", "--server", "anytls-rs", "--client", "sing-box")
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "peers.toml:2") {
		t.Errorf("a key that is not known: %v", err)
	}
}

// TestGuideNamesWrong: what is wrong with a name is said with what there is. Of what may be a
// password, nothing is repeated.
func TestGuideNamesWrong(t *testing.T) {
	environment(t, "", "")
	client := []string{"--client", "sing-box"}
	server := []string{"--server", "sing-box"}
	for _, test := range []struct {
		line []string
		says string
	}{
		{append(client, "-s", "anytls-r"), "anytls-rs"},
		{append(client, "-s", "my-server"), "a server that runs already is given as host:port"},
		{append(client, "-s", "nobody=/opt/x"), "sing-box"},
		{append(client, "-s", "nobody=secret@x"), "--server: what stands there, with an @, is no implementation; there are "},
		{append(client, "-s", "=x"), `--server "=x" names no implementation before the =; there are anytls-go`},
		{append(client, "-s", "secret@x:1"), "has an @"},
		{append(client, "-s", "./anytls-server"), `"./anytls-server" is a path: say of which implementation that program is, --server NAME=PATH; there are `},
		{append(client, "-s", "sing-box,anytls-rs"), `--server "sing-box,anytls-rs": several are given with a --server each`},
		{append(client, "-s", "sing-box="), "--server sing-box= names no path"},
		{append(client, "-s", "="), `--server "=" names no implementation`},
		{append(client, "-s", "sing-box", "-s", "SING-BOX"), "--server sing-box is given twice"},
		{append(client, "-s", "sing-box=a", "-s", "sing-box=b", "-s", "sing-box=a"), "--server sing-box=a is given twice"},
		{append(client, "-s", "127.0.0.1:1", "-s", "sing-box"), "one of several -s is the address of a server that runs already"},
		{append(client, "-s", "127.0.0.1:1", "-s", "127.0.0.1:2"), "one of several -s"},
		{append(client, "--server-cmd", "x {listen}", "-s", "sing-box"), "--server-cmd starts a server, and -s (--server) names one"},
		{append(client, "-s", ""), "which server?"},
		{append(client, "-s", "sing-box", "--server-config", "x"), "--server-config goes with --server-cmd"},
		{append(client, "-s", "sing-box", "-k"), "--insecure goes with -s HOST:PORT, a server that runs already"},
		{append(client, "-s", "sing-box", "--server-pid", "1"), "--server-pid goes with -s HOST:PORT"},
		{append(server, "--client", "127.0.0.1:1080"), "--client \"127.0.0.1:1080\" is no implementation: a client that runs already is given with --socks ADDR"},
		{append(server, "--client", "nobody"), "a client that runs already is given with --socks ADDR"},
		{append(server, "--client", "sing-box", "--socks", "1080"), "--client starts a client, and --socks is of one that runs already"},
		{append(server, "--client", "sing-box", "--client-cmd", "x"), "--client-cmd starts a client, and --client names one"},
		{append(server, "--client", "sing-box", "--client-config", "x"), "--client-config goes with --client-cmd"},
		{append(server, "--client", "sing-box", "--client-log", "x"), "--client-log goes with --socks"},
		{append(server, "--client", ""), "which client?"},
	} {
		_, err := guideConfigOf(t, true, test.line...)
		var wrong *usageError
		switch {
		case !errors.As(err, &wrong):
			t.Errorf("%q: %v", test.line, err)
		case !strings.Contains(err.Error(), test.says):
			t.Errorf("%q: %v; want %q", test.line, err, test.says)
		case strings.Contains(err.Error(), "secret"):
			t.Errorf("%q: %v", test.line, err)
		}
	}
}

// TestEndedLooking: a signal while programs are asked what they are ends the command, whether there is
// one pair or there are several.
func TestEndedLooking(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := guideFlags{locate: locateFake}
	for _, names := range [][]string{{"anytls-rs"}, {"anytls-rs", "anytls"}} {
		f.servers = names
		named, err := f.named()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.located(ctx, named); !errors.Is(err, errEndedLooking) {
			t.Errorf("%q: %v", names, err)
		}
	}
}
