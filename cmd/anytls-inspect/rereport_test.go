//go:build unix

package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
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
	for _, routes := range []int{1, 2} {
		t.Run(fmt.Sprintf("routes=%d", routes), func(t *testing.T) {
			want, got := reports(t, path, routes)
			if want.Sessions != 4 || want.Interval == 0 || len(want.Diagnostics) < 2 || len(want.Incidents) < 2 || want.Server.Name == "" ||
				want.Heartbeats.TowardServer.Injected.Answered < enoughBeats || want.Heartbeats.TowardClient.Injected.Answered < enoughBeats {
				t.Errorf("too little happened live: %+v", want)
			}
			if diff := cmp.Diff(want, got, alike()); diff != "" {
				t.Errorf("live and replayed differ (-live +replayed):\n%s", diff)
			}
		})
	}
}

// enoughBeats is how many heartbeats are injected toward each peer, at least.
const enoughBeats = 60

// reports returns the scenarios of the report of a relay, and of that of its recording.
func reports(t *testing.T, path string, routes int) (live, replayed report.Scenario) {
	t.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	recording, first, second := filepath.Join(folder, "rec.pcapng"), filepath.Join(folder, "live.json"), filepath.Join(folder, "again.json")
	args := []string{"relay", "-k", "-p", "secret", "--no-preflight", "-o", "json", "--heartbeat", "50ms,both", "-w", recording, "--report", first}
	for range routes {
		args = append(args, "-l", "127.0.0.1:0", "-s", serveEcho(t, authority, "secret"))
	}
	cmd := command(t, path, args...)
	one, lines, stderr := listening(t, cmd)
	all, other := new(strings.Builder), one
	if routes > 1 {
		readUntil(t, lines, all, func(e oneEvent) bool { other = e.Address; return e.Event == "listen" })
	}

	// Clients that the server rejects, that reject the relay, that leave, and that stay to the end.
	closed := func(e oneEvent) bool { return e.Event == "session-close" }
	if client, err := peer.Dial(t.Context(), clientOf(one, "wrong")); err == nil {
		<-client.Done()
		_ = client.Close()
	}
	readUntil(t, lines, all, closed)
	distrusts := clientOf(other, "secret")
	distrusts.TLS = &tls.Config{ServerName: "relay.example"}
	if _, err := peer.Dial(t.Context(), distrusts); err == nil {
		t.Fatal("the client trusts the relay")
	}
	readUntil(t, lines, all, closed)
	leaves, stays := dialEcho(t, one), dialEcho(t, other)
	count := make(map[string]int)
	readUntil(t, lines, all, func(e oneEvent) bool {
		if e.Event == "heartbeat" && e.RTT > 0 {
			count[e.Toward]++
		}
		return min(count["server"], count["client"]) >= enoughBeats+2 // its own is one for each client
	})
	_ = leaves.Close()
	readUntil(t, lines, all, closed)
	terminate(t, cmd, lines, all, stderr)
	_ = stays.Close()

	if out, err := command(t, path, "replay", recording, "-p", "secret", "-o", "quiet", "--report", second).CombinedOutput(); err != nil {
		t.Fatalf("replay: %v\n%s", err, out)
	}
	return measured(t, first), measured(t, second)
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
	Event, Address, Toward string
	RTT                    float64 `json:"rtt_ms"`
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

// measured returns the scenario of a report, without what no recording has: that it was live, how
// late the machine was, and where routes listened.
func measured(t *testing.T, path string) report.Scenario {
	t.Helper()
	r := readReport(t, path)
	if len(r.Scenarios) != 1 {
		t.Fatalf("%s: %d scenarios", path, len(r.Scenarios))
	}
	s := r.Scenarios[0]
	s.Kind, s.Machine = "", nil
	s.Heartbeats.TowardServer.Slow, s.Heartbeats.TowardClient.Slow = nil, nil
	for i := range s.Routes {
		s.Routes[i].Listen = ""
	}
	return s
}

// alike compares scenarios as far as a recording has what the relay had. Its times are those at
// which bytes passed, and the relay's are those at which it handled them: they may differ by what
// a busy machine takes, and so may times within texts. How late the machine was, no recording tells.
func alike() cmp.Options {
	near := func(d time.Duration) bool { return d.Abs() < time.Second }
	took := regexp.MustCompile(`\b([0-9.]+ ?(µs|ms|s)|at once)\b`)
	return cmp.Options{
		cmp.Comparer(func(_, _ *report.Machine) bool { return true }),
		cmp.Comparer(func(_, _ *report.Slow) bool { return true }),
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
