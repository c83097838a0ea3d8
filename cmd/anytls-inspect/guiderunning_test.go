package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"anytls-inspect/capture/guide/pairtest"
	"anytls-inspect/capture/guide/process"
)

// serving runs one of a pair on a listener of its own until the test ends, and returns its address.
func serving(t *testing.T, serve func(context.Context, net.Listener) error) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	return l.Addr().String()
}

// TestGuideOnARunningPair: a pair that runs already is measured as far as it is known. What is not
// known of it is not measured, and nothing is held against it for that.
func TestGuideOnARunningPair(t *testing.T) {
	environment(t, "", "")
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	logged, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = logged.Close() }()
	relay, err := process.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	const password = "test_password"
	server := serving(t, func(ctx context.Context, l net.Listener) error {
		return pairtest.Server(ctx, l, pairtest.ServerConfig{Password: password, Logf: log.New(logged, "", 0).Printf})
	})
	authority, err := openAuthority() // which such a client trusts, as for relay
	if err != nil {
		t.Fatal(err)
	}
	clientOf := func(server string, roots *x509.CertPool) string {
		return serving(t, func(ctx context.Context, l net.Listener) error {
			return pairtest.Client(ctx, l, pairtest.ClientConfig{Server: server, Password: password, Roots: roots})
		})
	}
	path := filepath.Join(t.TempDir(), "out.json")
	var out, told bytes.Buffer
	code := run([]string{
		"guide", "--quick", "--duration", "500ms", "--idle", "100ms", "-o", "json", "--report", path,
		"-s", server, "-k", "-p", password, "-l", relay, "--socks", clientOf(relay, authority.Pool()), "--socks-direct", clientOf(server, nil),
		"--server-log", logged.Name(),
	}, strings.NewReader(""), &out, &told)
	verdicts := make(map[string]string)
	texts := make(map[string]string)
	for line := range strings.Lines(out.String()) {
		var e struct{ Event, Step, Verdict, Text, Pair string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Pair != server+" ← client" {
			t.Errorf("the pair has no name: %s", line)
		}
		if e.Event == "step" {
			verdicts[e.Step], texts[e.Step] = e.Verdict, e.Text
		}
	}
	for step, want := range map[string]string{
		"direct": "passed", "relayed": "passed", "heartbeats": "passed", "logs": "passed", "udp": "passed",
		"targets": "passed", "idle": "passed", "load": "passed", "both": "passed", "cpu": "not measured",
	} {
		if verdicts[step] != want {
			t.Errorf("%s is %s, want %s: %s", step, verdicts[step], want, texts[step])
		}
	}
	if !strings.Contains(texts["logs"], "HeartRequest") {
		t.Errorf("the log that was named says %s", texts["logs"])
	}
	report, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// That answers come within 100 ms is not for a machine to keep that runs other tests, too.
	if slow := strings.Contains(string(report), `"verdict": "partly-compatible"`); (code != exitDone) != slow {
		t.Errorf("exit code %d: %s%s", code, out.String(), told.String())
	}
}
