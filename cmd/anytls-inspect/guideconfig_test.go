package main

import (
	"errors"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

// guideConfigOf returns what a command line of the guide says.
func guideConfigOf(t *testing.T, terminal bool, line ...string) (guideConfig, error) {
	t.Helper()
	f := guideFlags{locate: locateFake}
	var given func(string) bool
	parse(t, func(set *pflag.FlagSet) {
		f.register(set)
		given = set.Changed
	}, line)
	return f.config(t.Context(), given, terminal)
}

// TestGuideStarts: both ends are started.
func TestGuideStarts(t *testing.T) {
	environment(t, "", "")
	t.Setenv("RUST_LOG", "")
	t.Chdir(t.TempDir())
	if err := os.WriteFile("server.yaml", []byte("at: {listen_port}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := guideConfigOf(t, true,
		"--server-cmd", "env A=b ./bin/my-server.exe -c {config} '-p {password}'", "--server-config", "server.yaml",
		"--client-cmd", "my-client -l socks://{socks} -s {server} -p {password}")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the server", cfg.pairs[0].Server.Peer, report.Peer{Name: "my-server"})
	holds(t, "the server's words", cfg.pairs[0].Server.Command.Words, []string{"env", "A=b", "./bin/my-server.exe", "-c", "{config}", "-p {password}"})
	holds(t, "the server's configuration", cfg.pairs[0].Server.Command.Config, "at: {listen_port}\n")
	holds(t, "the configuration's name", cfg.pairs[0].Server.Command.ConfigName, "server.yaml")
	holds(t, "the client", cfg.pairs[0].Client.Peer, report.Peer{Name: "my-client"})
	holds(t, "the client's environment", cfg.pairs[0].Client.LogEnv, []string{"RUST_LOG=debug"})
	holds(t, "the password", cfg.pairs[0].Password, "")
	holds(t, "the listener", cfg.pairs[0].Listen, "")
	holds(t, "the plan", cfg.pairs[0].Plan, guide.Plan{Duration: time.Minute, Idle: 35 * time.Second})
	holds(t, "the limits", cfg.pairs[0].Limits, journal.DefaultLimits())
	holds(t, "the language", cfg.pairs[0].Lang, report.English)
	holds(t, "the output", cfg.output.kind, outTUI)
	holds(t, "the route", cfg.pairs[0].Route, capture.Route{})

	t.Setenv("RUST_LOG", "trace")
	cfg, err = guideConfigOf(t, false,
		"--server-cmd", "sh -c 'my-server -l {listen}'", "--client-cmd", "my-client {socks} {server}", "-p", "pw",
		"-l", "9999", "--quick", "--idle", "5s", "--report-lang", "zh", "--target", "https://example.com/x")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the environment that is set", cfg.pairs[0].Server.LogEnv, []string(nil))
	holds(t, "the name of a shell's", cfg.pairs[0].Server.Peer.Name, "sh")
	holds(t, "the password of the flag", cfg.pairs[0].Password, "pw")
	holds(t, "the listener of the flag", cfg.pairs[0].Listen, "127.0.0.1:9999")
	holds(t, "the quick plan", cfg.pairs[0].Plan, guide.Plan{Quick: true, Duration: 15 * time.Second, Idle: 5 * time.Second, Limit: 58 * time.Second})
	holds(t, "the target", cfg.pairs[0].Target, "https://example.com/x")
	holds(t, "the language of the flag", cfg.pairs[0].Lang, report.Chinese)
	holds(t, "the output without a terminal", cfg.output.kind, outText)
}

// TestGuideUsesWhatRuns: an end that runs already is named, with what can be known of it.
func TestGuideUsesWhatRuns(t *testing.T) {
	environment(t, "of-the-environment", "")
	t.Chdir(t.TempDir())
	if err := os.WriteFile("s.log", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	own := strconv.Itoa(os.Getpid())
	cfg, err := guideConfigOf(t, true, "-s", "anytls://of-the-uri@[::1]:8443/?sni=uri.example&insecure=1",
		"-l", ":9443", "--socks", "1080", "--socks-direct", "localhost:1081",
		"--server-log", "s.log", "--server-pid", own, "--client-pid", own)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the route", cfg.pairs[0].Route, capture.Route{Server: "[::1]:8443", SNI: "uri.example", Insecure: true})
	holds(t, "the server", cfg.pairs[0].Server, guide.End{Peer: report.Peer{Name: "[::1]:8443"}, Log: "s.log", PID: os.Getpid()})
	holds(t, "the client", cfg.pairs[0].Client, guide.End{Socks: "127.0.0.1:1080", PID: os.Getpid()})
	holds(t, "the listener", cfg.pairs[0].Listen, ":9443")
	holds(t, "the way past the relay", cfg.pairs[0].SocksDirect, "localhost:1081")
	holds(t, "the password", cfg.pairs[0].Password, "of-the-uri")

	// A started client knows where the relay is, and one of the environment's password.
	cfg, err = guideConfigOf(t, true, "-s", "example.com", "--target", "http://example.com/", "--client-cmd", "c {socks} {server}")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the password of the environment", cfg.pairs[0].Password, "of-the-environment")
	holds(t, "the server elsewhere", cfg.pairs[0].Route.Server, "example.com:443")
}

// TestGuideReadsWhatIsNamed: what can't be read is no wrong usage.
func TestGuideReadsWhatIsNamed(t *testing.T) {
	environment(t, "", "")
	t.Chdir(t.TempDir())
	big := make([]byte, maxTemplate+1)
	for name, text := range map[string][]byte{"empty": nil, "big": big} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range [][]string{
		{"--server-cmd", "s {config}", "--server-config", "none", "--client-cmd", "c {socks} {server} {password}"},
		{"--server-cmd", "s {config}", "--server-config", "empty", "--client-cmd", "c {socks} {server} {password}"},
		{"--server-cmd", "s {config}", "--server-config", "big", "--client-cmd", "c {socks} {server} {password}"},
		{"--server-cmd", "s {listen} {password}", "--client-cmd", "c {socks} {server} {password}", "--cert", "none", "--key", "none"},
		{"--server-cmd", "s {listen} {password}", "--client-cmd", "c {socks} {server} {password}", "--password-file", "none"},
		{"-s", "127.0.0.1:1", "-p", "x", "--client-cmd", "c {socks} {server}", "--server-log", "none"},
		{"-s", "127.0.0.1:1", "-p", "x", "--client-cmd", "c {socks} {server}", "--server-pid", strconv.Itoa(math.MaxInt32)},
		{"-s", "127.0.0.1:1", "-p", "x", "--client-cmd", "c {socks} {server}", "--server-ca", "none"},
	} {
		_, err := guideConfigOf(t, true, line...)
		var wrong *usageError
		if err == nil || errors.As(err, &wrong) {
			t.Errorf("%q: %v", line, err)
		}
	}
}
