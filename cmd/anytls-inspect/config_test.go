package main

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// environment sets the environment that configs depend on.
func environment(t *testing.T, password, keyLog string) {
	t.Helper()
	t.Setenv(passwordEnv, password)
	t.Setenv(keyLogEnv, keyLog)
}

// parse parses a command line with the flags of a command.
func parse(t *testing.T, register func(*pflag.FlagSet), line []string) {
	t.Helper()
	set := pflag.NewFlagSet(program, pflag.ContinueOnError)
	register(set)
	if err := set.Parse(line); err != nil {
		t.Fatal(err)
	}
}

func relayConfigOf(t *testing.T, terminal bool, line ...string) (relayConfig, error) {
	t.Helper()
	var f relayFlags
	parse(t, f.register, line)
	return f.config(terminal)
}

func pingConfigOf(t *testing.T, target string, line ...string) (pingConfig, error) {
	t.Helper()
	var f pingFlags
	parse(t, f.register, line)
	return f.config(target, true)
}

func replayConfigOf(t *testing.T, line ...string) (replayConfig, error) {
	t.Helper()
	var f replayFlags
	parse(t, f.register, line)
	return f.config([]string{stdioName}, false)
}

// holds compares a part of a config with what it should be.
func holds(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is %+v, want %+v", what, got, want)
	}
}

// TestRelayConfig: what the flags leave out has a default, and where several say
// the same, the most explicit counts.
func TestRelayConfig(t *testing.T) {
	environment(t, "of-the-environment", "shared.log")
	const uri = "anytls://of-the-uri@example.com/?sni=uri.example&insecure=1"

	cfg, err := relayConfigOf(t, true, "-s", "example.com:8443")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the server", cfg.routes[0].server, server{address: "example.com:8443"})
	holds(t, "the listener", cfg.routes[0].listen, "127.0.0.1:9443")
	holds(t, "the key log", cfg.live.keyLog, "shared.log")
	holds(t, "the credential", cfg.routes[0].credentials, credentialsOf("of-the-environment"))
	holds(t, "the output", cfg.live.output, outputConfig{kind: outTUI, limits: journal.DefaultLimits()})
	holds(t, "the heartbeats", cfg.live.heartbeat, heartbeatConfig{timeout: 3 * time.Second})
	holds(t, "the report", cfg.live.report, reportConfig{language: report.English})
	holds(t, "the recording", cfg.live.recording, recordingConfig{})
	holds(t, "the connections", cfg.connection, connectionFlags{handshakeTimeout: time.Minute})
	holds(t, "the preflight", cfg.live.preflight, true)
	holds(t, "the kind", cfg.live.kind, report.Live)

	cfg, err = relayConfigOf(t, false, "-s", uri)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the server of the URI", cfg.routes[0].server, server{
		address: "example.com:443", password: "of-the-uri", sni: "uri.example", insecure: true,
	})
	holds(t, "the credential of the URI", cfg.routes[0].credentials, credentialsOf("of-the-uri"))
	holds(t, "the output without a terminal", cfg.live.output.kind, outText)

	cfg, err = relayConfigOf(t, true, "-s", uri, "--sni", "flag.example", "-p", "of-the-flag", "--keylog", "own.log",
		"-o", "json", "--all", "--show-secrets", "-f", `cmd == "SYN"`, "--history-frames", "7",
		"--heartbeat", "250ms,both", "--heartbeat-timeout", "1s", "--duration", "2m",
		"-w", "x.pcapng", "--write-leg", "client", "--write-limit", "1M", "--write-files", "5",
		"--handshake-timeout", "17s", "--keepalive", "30s", "--no-preflight")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the SNI", cfg.routes[0].server.sni, "flag.example")
	holds(t, "the key log of the flag", cfg.live.keyLog, "own.log")
	holds(t, "the credentials of flag and URI", cfg.routes[0].credentials, append(credentialsOf("of-the-flag"), credentialsOf("of-the-uri")...))
	holds(t, "the kind of output", cfg.live.output.kind, outJSON)
	holds(t, "secrets", cfg.live.output.secrets, true)
	holds(t, "all", cfg.live.output.all, true)
	holds(t, "the history", cfg.live.output.limits.Entries, 7)
	if only := cfg.live.output.filter; only == nil || only.Match(&journal.Entry{Header: protocol.Header{Command: protocol.PSH}}) ||
		!only.Match(&journal.Entry{Header: protocol.Header{Command: protocol.SYN}}) {
		t.Error("the filter does not choose SYN, and only that")
	}
	holds(t, "the heartbeats of the flags", cfg.live.heartbeat, heartbeatConfig{
		periodic: capture.Periodic{Every: 250 * time.Millisecond, Toward: protocol.ByPeer[bool]{true, true}},
		timeout:  time.Second,
	})
	holds(t, "the duration", cfg.live.duration, 2*time.Minute)
	holds(t, "the connections of the flags", cfg.connection, connectionFlags{handshakeTimeout: 17 * time.Second, keepAlive: 30 * time.Second})
	holds(t, "the preflight of the flag", cfg.live.preflight, false)
	var skip protocol.ByPeer[bool]
	skip[protocol.Server] = true
	holds(t, "the recording of the flags", cfg.live.recording, recordingConfig{path: "x.pcapng", skip: skip, limit: 1 << 20, files: 5})
}

// TestHeartbeatConfig: a HeartRequest goes toward the server where nothing else is
// said.
func TestHeartbeatConfig(t *testing.T) {
	for text, want := range map[string]protocol.ByPeer[bool]{
		"1s":        {protocol.Server: true},
		"1s,server": {protocol.Server: true},
		"1s,client": {protocol.Client: true},
		"1s,both":   {true, true},
	} {
		f := heartbeatFlags{periodic: text, timeout: time.Second}
		cfg, err := f.config()
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		holds(t, text, cfg.periodic, capture.Periodic{Every: time.Second, Toward: want})
	}
}

// TestPingConfig: a ping prints lines where no output is asked for, on a terminal
// too.
func TestPingConfig(t *testing.T) {
	environment(t, "secret", "")
	cfg, err := pingConfigOf(t, "example.com:443", "-c", "0", "-i", "5ms", "-W", "1s", "-k")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the config", cfg, pingConfig{
		server: server{address: "example.com:443", insecure: true}, password: "secret",
		interval: 5 * time.Millisecond, timeout: time.Second, settings: settingsTimeout, connection: connectionFlags{handshakeTimeout: time.Minute},
		output: outputConfig{kind: outText, limits: journal.DefaultLimits()}, report: reportConfig{language: report.English},
	})
}

// TestReplayConfig: a leg and a speed are what their flags say.
func TestReplayConfig(t *testing.T) {
	environment(t, "", "shared.log")
	cfg, err := replayConfigOf(t, "--leg", "server", "--speed", "0.5", "--keylog", "a", "--keylog", "b", "-p", "secret")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the config", cfg, replayConfig{
		names: []string{stdioName}, keyLogs: []string{"a", "b"}, sharedLog: "shared.log", leg: capture.ServerLeg, speed: 0.5,
		credentials: credentialsOf("secret"), timeout: 3 * time.Second,
		output: outputConfig{kind: outText, limits: journal.DefaultLimits()}, report: reportConfig{language: report.English},
	})
}

// TestSameFile: paths are compared as files where these are there, and links of folders
// are followed. A device is no file.
func TestSameFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(dir, filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{filepath.Join(dir, "x"), dir + "/./x", true},
		{filepath.Join(dir, "x"), filepath.Join(dir, "folder", "x"), true},
		{filepath.Join(dir, "x"), filepath.Join(dir, "y"), false},
		{"x", "./x", true},
		{os.DevNull, os.DevNull, false},
	} {
		if got := sameFile(tc.a, tc.b); got != tc.want {
			t.Errorf("%s and %s are one file: %v", tc.a, tc.b, got)
		}
	}
	environment(t, "", "a")
	if _, err := relayConfigOf(t, false, "-s", "example.com", "-w", "a"); err == nil || !strings.Contains(err.Error(), "-w and SSLKEYLOGFILE are one file, a") {
		t.Errorf("the environment: %v", err)
	}
}

// TestConfigErrors: a mistake in the command line is told as one, all those of the
// flags that commands share at once; a file that can't be read is none.
func TestConfigErrors(t *testing.T) {
	environment(t, "", "")
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Link(text, link); err != nil {
		t.Fatal(err)
	}
	relay := func(line ...string) error {
		if line[0] != "--route" {
			line = append([]string{"-s", "example.com:443"}, line...)
		}
		_, err := relayConfigOf(t, false, line...)
		return err
	}
	ping := func(line ...string) error {
		_, err := pingConfigOf(t, "example.com:443", line...)
		return err
	}
	replay := func(line ...string) error {
		_, err := replayConfigOf(t, line...)
		return err
	}
	for _, tc := range []struct {
		config func(line ...string) error
		line   string
		usage  bool
		want   string
	}{
		{relay, "-l :1 -l :2 --server :1", true, "the host is missing"},
		{relay, "--cert x", true, "--cert and --key go together"},
		{relay, "--client-cert x", true, "--client-cert and --client-key go together"},
		{relay, "--client-cert no --client-key no", false, "--client-cert no, --client-key no: "},
		{relay, "--handshake-timeout 0s", true, "--handshake-timeout 0s is not positive"},
		{relay, "--keepalive 999ms", true, "--keepalive 999ms is not between 1s and 9h6m7s"},
		{relay, "--keepalive 10h", true, "--keepalive 10h0m0s is not between 1s and 9h6m7s"},
		{relay, "--route x --client-cert x", true, "--client-cert does not go with --route"},
		{relay, "--route x --client-key x", true, "--client-key does not go with --route"},
		{relay, "--duration -1s", true, "--duration -1s is negative"},
		{relay, "-o xml --heartbeat x --report x.txt --write-leg x", true, "-o \"xml\" is none of tui, text, json, quiet\n" +
			"--heartbeat \"x\": \"x\" is not a duration such as 500ms\n" +
			"report \"x.txt\": what it is written as is told by its extension, one of .md, .json, .html, .xml\n" +
			"--write-leg \"x\" is none of client, server, both"},
		{relay, "--all -o quiet", true, "--all goes with -o text, and not with -o quiet"},
		{replay, "--all -o quiet", true, "--all goes with -o text, and not with -o quiet"},
		{relay, "-o tui", true, "-o tui needs a terminal on standard input and output"},
		{relay, "--history-snap 65536", true, "--history-snap 65536 is more than a frame can hold, 65535"},
		{relay, "--write-limit 1K", true, "--write-limit 1K is less than 128K"},
		{relay, "--write-files 3", true, "--write-files goes with --write-limit, which says when a file is full"},
		{relay, "--write-limit 1M --write-files 0", true, "--write-files \"0\" is no number of files: at least 1"},
		{relay, "--write-limit 1M --write-files many", true, "--write-files \"many\" is no number of files: at least 1"},
		{relay, "--write-limit 1M", true, "--write-limit goes with -w"},
		{relay, "--write-leg client", true, "--write-leg goes with -w"},
		{relay, "-w x.md --report ./x.md", true, "-w and --report are one file, ./x.md: one of the two would be lost"},
		{relay, "-w a --keylog b/../a", true, "-w and --keylog are one file, b/../a"},
		{relay, "--keylog " + text + " -w " + link, true, "-w and --keylog are one file, " + text},
		{relay, "--keylog x.md --report x.md", true, "--report and --keylog are one file"},
		{ping, "-p x --keylog x.md --report x.md", true, "--report and --keylog are one file"},
		{relay, "-p x --password-file y", true, "give --password or --password-file, not both"},
		{relay, "--server-ca " + text, false, "holds no PEM certificate"},
		{relay, "--cert no --key no", false, "--cert no, --key no: "},
		{ping, "-p x -c -1", true, "-c -1 is negative"},
		{ping, "-p x --client-key x --keepalive -1s", true, "--client-cert and --client-key go together\n--keepalive -1s is not between"},
		{ping, "-p x --handshake-timeout -1s", true, "--handshake-timeout -1s is not positive"},
		{ping, "-p x --client-cert no --client-key no", false, "--client-cert no, --client-key no: "},
		{ping, "-p x -W 0s", true, "-W 0s is not positive"},
		{ping, "", true, "which password?"},
		{ping, "--password-file no-such-file", false, "no-such-file"},
		{replay, "--speed NaN", true, "--speed \"NaN\" is neither max nor a positive number"},
		{replay, "--leg both", true, "--leg \"both\" is neither client nor server"},
		{replay, "--report-lang fr", true, "fr"},
		{replay, "--tester lab --title Nightly", true, "--tester goes with --report, which names the file\n--title goes with --report"},
		{ping, "-p x --report x.md --tester \x7f --title \u202e", true, "--tester \"\\x7f\": it holds U+007F, which does not show\n--title \"\\u202e\": it holds U+202E"},
		{relay, "--report x.md --title \xff", true, "--title \"\\xff\": it is not UTF-8"},
		{relay, "--report x.md --tester " + strings.Repeat("长", 301), true, "\": it is longer than 300 characters"},
	} {
		err := tc.config(strings.Fields(tc.line)...)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v; want %q", tc.line, err, tc.want)
		}
		if mistake := new(*usageError); errors.As(err, mistake) != tc.usage {
			t.Errorf("%s: %v is a usage error: %t", tc.line, err, !tc.usage)
		}
	}
}

// TestParseSize: sizes are in bytes, and units are powers of 1,024.
func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "131072": pcapng.MinLimit, "128k": pcapng.MinLimit, "1M": 1 << 20, "2G": 2 << 30,
	} {
		if n, err := parseSize(text); n != want || err != nil {
			t.Errorf("%s is %d, %v; want %d", text, n, err, want)
		}
	}
	for _, text := range []string{"", "M", "-1", "1T", "1.5M", "9999999999G"} {
		if n, err := parseSize(text); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
}
