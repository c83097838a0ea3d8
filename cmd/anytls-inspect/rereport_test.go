//go:build unix

package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/peer"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestReportOfRecording: the report of a relay that records both legs, and that of the recording
// replayed, say the same of the sessions: how many, with which server, how many frames, what came
// of heartbeats and how often they were sent, what was wrong.
func TestReportOfRecording(t *testing.T) {
	path := build(t)
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	server := serveEcho(t, authority, "secret")
	file := func(name string) string { return filepath.Join(t.TempDir(), name) }
	recording, live, again := file("rec.pcapng"), file("live.json"), file("again.json")
	cmd := command(t, path, "relay", "-l", "127.0.0.1:0", "-s", server, "-k", "-p", "secret", "--no-preflight",
		"-o", "json", "--heartbeat", "50ms,both", "-w", recording, "--report", live)
	address, lines, stderr := listening(t, cmd)
	all := new(strings.Builder)

	// Clients that the server rejects, that reject the relay, that leave, and that stay to the end.
	if client, err := peer.Dial(t.Context(), clientOf(address, "wrong")); err == nil {
		<-client.Done()
		_ = client.Close()
	}
	closed := func(e oneEvent) bool { return e.Event == "session-close" }
	readUntil(t, lines, all, closed)
	distrusts := clientOf(address, "secret")
	distrusts.TLS = &tls.Config{ServerName: "relay.example"}
	if _, err := peer.Dial(t.Context(), distrusts); err == nil {
		t.Fatal("the client trusts the relay")
	}
	readUntil(t, lines, all, closed)
	leaves, stays := dialEcho(t, address), dialEcho(t, address)
	count := make(map[string]int)
	readUntil(t, lines, all, func(e oneEvent) bool {
		if e.Event == "heartbeat" && e.RTT > 0 {
			count[e.Toward]++
		}
		return min(count["server"], count["client"]) >= 2*30
	})
	_ = leaves.Close()
	readUntil(t, lines, all, closed)
	terminate(t, cmd, lines, all, stderr)
	_ = stays.Close()

	if out, err := command(t, path, "replay", recording, "-p", "secret", "-o", "quiet", "--report", again).CombinedOutput(); err != nil {
		t.Fatalf("replay: %v\n%s", err, out)
	}
	want, got := measured(t, live), measured(t, again)
	if len(want.Diagnostics) < 2 || want.Sessions < 3 || want.Server.Name != server || want.Interval != got.Interval || want.Interval == 0 ||
		want.Heartbeats.TowardServer.Injected.Answered < 30 || want.Heartbeats.TowardClient.Injected.Answered < 30 {
		t.Errorf("too little happened live: %+v", want)
	}
	if diff := cmp.Diff(want, got, alike()); diff != "" {
		t.Errorf("live and replayed differ (-live +replayed):\n%s", diff)
	}
}

// clientOf returns the configuration of a client.
func clientOf(address, password string) peer.ClientConfig {
	return peer.ClientConfig{
		Address: address, Password: password, Name: "test/1", TLS: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // a test
	}
}

// dialEcho returns a client of which a stream carries something there and back, piece by piece,
// until its writes are padded no longer. It asks for a heartbeat of its own, too.
func dialEcho(t *testing.T, address string) *peer.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	client, err := peer.Dial(ctx, clientOf(address, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := client.OpenStream(ctx, protocol.Address{Host: "echo.example", Port: 7})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := stream.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(stream, make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.Heartbeat(ctx); err != nil {
		t.Fatal(err)
	}
	return client
}

// An oneEvent is what a test looks at of an event.
type oneEvent struct {
	Event, Toward string
	RTT           float64 `json:"rtt_ms"`
}

// readUntil reads events until one is the one that the caller waits for.
func readUntil(t *testing.T, lines *bufio.Scanner, all *strings.Builder, is func(oneEvent) bool) {
	t.Helper()
	for lines.Scan() {
		all.WriteString("\n" + lines.Text())
		var e oneEvent
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if is(e) {
			return
		}
	}
	t.Fatalf("the event is not among%s", all)
}

// measured returns the scenario of a report, without its kind.
func measured(t *testing.T, path string) report.Scenario {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r, err := report.Read(f)
	if err != nil || len(r.Scenarios) != 1 {
		t.Fatalf("%s: %v, %d scenarios", path, err, len(r.Scenarios))
	}
	s := r.Scenarios[0]
	s.Kind = ""
	return s
}

// alike compares scenarios as far as a recording has what the relay had. Its times are those at
// which bytes passed, and the relay's are those at which it handled them: they may differ by what
// a busy machine takes, and so may times within texts.
func alike() cmp.Options {
	near := func(d time.Duration) bool { return d.Abs() < time.Second }
	took := regexp.MustCompile(`\b([0-9.]+ ?(µs|ms|s)|at once)\b`)
	return cmp.Options{
		cmp.Comparer(func(a, b string) bool { return took.ReplaceAllString(a, "D") == took.ReplaceAllString(b, "D") }),
		cmp.Comparer(func(a, b time.Time) bool { return a.IsZero() == b.IsZero() && near(a.Sub(b)) }),
		cmp.Comparer(func(a, b session.Millis) bool { return (a > 0) == (b > 0) && near(time.Duration(a-b)) }),
		cmp.Comparer(func(a, b report.Series) bool { return a.Step > 0 && b.Step > 0 && total(a) == total(b) }),
	}
}

// total returns a series without its times.
func total(s report.Series) (all report.Point) {
	for _, p := range s.Points {
		all.Answered, all.Lost = all.Answered+p.Answered, all.Lost+p.Lost
	}
	return all
}
