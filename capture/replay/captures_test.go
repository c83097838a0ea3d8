package replay_test

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol/session"
)

// anytlsGo replays a capture file of testdata, which is of anytls-go v0.0.13.
func anytlsGo(t *testing.T, name, keys string, workers int) *played {
	t.Helper()
	open := func(name string) *os.File {
		f, err := os.Open(filepath.Join("testdata", name))
		check(t, err)
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	cfg := replay.Config{Input: open(name), Workers: workers}
	if keys != "" {
		cfg.KeyLogs = []io.Reader{open(keys)}
	}
	p := play(t, cfg)
	check(t, p.err)
	if len(p.warnings) > 0 {
		t.Errorf("warnings: %q", p.warnings)
	}
	return p
}

// TestHTTP has two sessions, once with a key log, once with the secrets in the
// file.
func TestHTTP(t *testing.T) {
	want := map[string]int{
		"preamble": 2, "Waste": 10, "SYN": 5, "PSH": 26, "FIN": 5, "Settings": 2, "SYNACK": 5, "ServerSettings": 2,
	}
	for _, tt := range []struct{ name, keys string }{{"http.pcap", "http.keys"}, {"http-dsb.pcapng", ""}} {
		for workers := 1; workers <= 3; workers++ {
			t.Run(fmt.Sprintf("%s/%d", tt.name, workers), func(t *testing.T) {
				p := anytlsGo(t, tt.name, tt.keys, workers)
				j := decode(p)
				if got := frames(t, j); !maps.Equal(got, want) {
					t.Errorf("frames: %v, want %v", got, want)
				}
				wants(
					t, p.closings(),
					"2 closed by client: the client ended its TCP stream without close_notify",
					"1 closed by client: the client ended its TCP stream without close_notify",
				)
				v := look(j)
				if row := v.Sessions[0]; row.Client != "127.0.0.1:44990" || row.Server != "127.0.0.1:21001" ||
					row.TLS.Version != "TLS 1.3" || row.TLS.Cipher != "TLS_AES_128_GCM_SHA256" {
					t.Errorf("session 1: %+v, TLS %+v", row, row.TLS)
				}
				for _, s := range v.Streams {
					if s.Target != "127.0.0.1:18080" || !s.HasACK || s.SYNACK <= 0 {
						t.Errorf("stream %d: %+v", s.ID, s)
					}
				}
				if v.Totals.Errors != 0 || v.Totals.Warnings != 0 {
					t.Errorf("diagnostics: %+v", v.Totals)
				}
			})
		}
	}
}

// TestSYNACKError has a server that can't connect to two of three targets.
func TestSYNACKError(t *testing.T) {
	j := decode(anytlsGo(t, "synackerr.pcap", "synackerr.keys", 0))
	v := look(j)
	targets := map[string]string{
		"127.0.0.1:9":            "dial tcp 127.0.0.1:9: connect: connection refused",
		"127.0.0.1:18080":        "",
		"nonexistent.invalid:80": "dial tcp: lookup nonexistent.invalid on 10.255.255.53:53: no such host",
	}
	// Two refusals, and how the client ended the session.
	if len(v.Streams) != len(targets) || len(v.Diagnostics) != 3 {
		t.Fatalf("%d streams, %d diagnostics", len(v.Streams), len(v.Diagnostics))
	}
	for _, s := range v.Streams {
		if want, ok := targets[s.Target]; !ok || s.Error != want {
			t.Errorf("stream to %q: error %q, want %q", s.Target, s.Error, want)
		}
	}
	for _, e := range v.Diagnostics {
		if d := e.Notice.(session.Diagnostic); d.Code != session.CodeSYNACKError && d.Code != session.CodeClosedBy {
			t.Errorf("diagnostic %+v", d)
		}
	}
}

// TestWrongPassword has a server that closes the session without an answer.
func TestWrongPassword(t *testing.T) {
	p := anytlsGo(t, "wrongpw.pcap", "wrongpw.keys", 0)
	wants(t, p.closings(), "1 closed by server:")
	if got := frames(t, decode(p)); !maps.Equal(got, map[string]int{
		"preamble": 1, "Settings": 1, "SYN": 1, "PSH": 1, "Waste": 1,
	}) {
		t.Errorf("frames: %v", got)
	}
}
