//go:build unix

package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTLSFailing: that a client does not trust the relay is told at once on standard error,
// and in events, text and report, and it fails a run with a duration.
func TestTLSFailing(t *testing.T) {
	path := build(t)
	const why = `client leg: remote error: tls: bad certificate: the client does not trust the relay's certificate`
	for _, tc := range []struct {
		name  string
		args  []string
		trust bool // the client verifies nothing
		code  int
		out   string // in standard output
	}{
		{"a run with a duration", []string{"-o", "json", "--duration", "1h"}, false, 1, `"code":"tls-failed","stream":0,"severity":"error","text":"` + why},
		{"a run without one", []string{"-o", "text"}, false, 0, "tls-failed: " + why},
		{"a screenless run", []string{"-o", "quiet", "--duration", "1h"}, false, 1, ""},
		{"nothing failed", []string{"-o", "json", "--duration", "1h"}, true, 0, `"event":"session-close"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			stdout, err := os.Create(filepath.Join(dir, "stdout"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = stdout.Close() }()
			report := filepath.Join(dir, "report.md")
			r := relayTo(t, path, stdout, append(tc.args, "--no-preflight", "--report", report)...)
			c, err := tls.Dial("tcp", r.address, &tls.Config{ServerName: "server.example", InsecureSkipVerify: tc.trust}) //nolint:gosec // a test
			if (err == nil) != tc.trust {
				t.Errorf("the client's handshake: %v", err)
			}
			if err == nil {
				_ = c.Close()
			} else {
				r.until(regexp.MustCompile(`^anytls-inspect: TLS with 127\.0\.0\.1 failed: ` + why))
			}
			if code := r.interrupt(); code != tc.code {
				t.Errorf("exit code %d, want %d; standard error:\n%s", code, tc.code, &r.stderr)
			}
			if sums := strings.Contains(r.stderr.String(), "\nanytls-inspect: sessions in which TLS failed: 1\n"); sums != (tc.code == 1) {
				t.Errorf("standard error:\n%s", &r.stderr)
			}
			for name, want := range map[string]string{"stdout": tc.out, "report.md": map[bool]string{false: "| error | tls-failed |"}[tc.trust]} {
				text, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil || !strings.Contains(string(text), want) || tc.trust && strings.Contains(string(text), "tls-failed") {
					t.Errorf("%s (%v) lacks %q:\n%s", name, err, want, text)
				}
			}
		})
	}
}
