//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture/peer"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestReportOfStandstill: a relay that stood still while an answer came to it says in its report
// that the machine was late, beside the round-trip that was slow for that.
func TestReportOfStandstill(t *testing.T) {
	const still = 300 * time.Millisecond
	asked, stopped, answered := make(chan bool, 1), make(chan struct{}), make(chan bool, 1)
	server := serveFake(t, func(f *fakeServer) {
		requests := 0
		defer close(asked)
		defer close(answered)
		f.frames(func(h protocol.Header) {
			switch h.Command {
			case protocol.Settings:
				f.send(protocol.ServerSettings, 0, "v=2")
			case protocol.SYN:
				f.send(protocol.SYNACK, h.Stream, "")
			case protocol.HeartRequest:
				if requests++; requests != 3 {
					f.send(protocol.HeartResponse, h.Stream, "")
					return
				}
				asked <- true
				<-stopped
				f.send(protocol.HeartResponse, h.Stream, "")
				answered <- true
			}
		})
	})
	path := filepath.Join(t.TempDir(), "report.json")
	cmd := command(t, build(t), "relay", "-l", "127.0.0.1:0", "-s", server, "-k", "--no-preflight", "-o", "json", "--heartbeat", "50ms", "--report", path)
	address, lines, stderr := listening(t, cmd)
	client, err := peer.Dial(t.Context(), clientOf(address, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()

	if _, err := client.OpenStream(t.Context(), protocol.Address{Host: "192.0.2.1", Port: 7}); err != nil {
		t.Fatal(err)
	}

	stop := sync.OnceFunc(func() { close(stopped) })
	defer stop()
	if !<-asked {
		t.Fatal("the session ended before the third heartbeat")
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the relay is not stopped: %v, %v", status, err)
	}
	stop()
	if !<-answered {
		t.Fatal("the session ended before the answer")
	}
	<-time.After(still)
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for results := 0; results < 3 && lines.Scan(); {
		if strings.Contains(lines.Text(), `"event":"heartbeat"`) {
			results++
		}
	}
	terminate(t, cmd, lines, new(strings.Builder), stderr)

	r := readReport(t, path)
	s := &r.Scenarios[0]
	if slow := s.Heartbeats.TowardServer.Slow; slow == nil || slow.Answers == 0 || s.Machine == nil || s.Machine.Timers.Longest.Duration() < still/2 {
		t.Fatalf("the machine was %+v, and the server's answers %+v", s.Machine, slow)
	}
	for _, item := range r.Checklist() {
		if item.ID != "response-under-100ms" {
			continue
		}
		for lang, part := range map[report.Lang]string{report.English: "; this machine was late itself: ", report.Chinese: "；本机自身有延迟："} {
			if text := item.Evidence[0].Text(lang); item.Status == report.Passed || !strings.Contains(text, part) {
				t.Errorf("%s: %s, which lacks %q", item.Status, text, part)
			}
		}
		return
	}
	t.Error("the report has no such item")
}

// readReport reads a report that was written as JSON.
func readReport(t *testing.T, path string) *report.Report {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r, err := report.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestReportOfPing: a ping's slow answers are held against how late the machine was.
func TestReportOfPing(t *testing.T) {
	environment(t, "secret", "")
	server := serveFake(t, func(f *fakeServer) {
		f.frames(func(h protocol.Header) {
			switch h.Command {
			case protocol.Settings:
				f.send(protocol.ServerSettings, 0, "v=2")
			case protocol.HeartRequest:
				<-time.After(session.SlowHeartbeat) // the server is slow, and not the machine
				f.send(protocol.HeartResponse, h.Stream, "")
			}
		})
	})
	path := filepath.Join(t.TempDir(), "report.json")
	cfg, err := pingConfigOf(t, server, "-k", "-o", "quiet", "-c", "1", "-W", "20s", "--report", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := runPing(ctx, newStdio(nil, io.Discard, io.Discard), cfg); err != nil {
		t.Fatal(err)
	}
	if slow := readReport(t, path).Scenarios[0].Heartbeats.TowardServer.Slow; slow == nil || slow.Of != 1 || slow.Answers != 1 {
		t.Errorf("the answers are %+v", slow)
	}
}

// TestNoWatch: where no report is written, and in a replay, nobody watches the machine.
func TestNoWatch(t *testing.T) {
	none := new(reportConfig)
	if w := none.watch(); w != nil || none.collector(w) != nil {
		t.Error("there is a watch without a report")
	}
	some := &reportConfig{path: "report.json"}
	if some.collector(nil).Watch != nil {
		t.Error("a replay is watched")
	}
	if w := some.watch(); w == nil || some.collector(w).Watch != w {
		t.Error("the collector does not tell the watch")
	}
}
