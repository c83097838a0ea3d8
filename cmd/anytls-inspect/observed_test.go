//go:build unix

package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// TestReportOfOthersTraffic: the report of a relay ticks what others' traffic shows, and says what
// its run was too short or too lonely to show.
func TestReportOfOthersTraffic(t *testing.T) {
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.json")
	cmd := command(t, build(t), "relay", "-k", "-p", "secret", "--no-preflight", "-o", "json", "--heartbeat", "50ms,both",
		"-l", "127.0.0.1:0", "-s", serveEcho(t, authority, "secret"), "--report", path)
	address, lines, stderr := listening(t, cmd)
	client := dialEcho(t, address)
	var streams []*peer.Stream
	for range journal.BusyStreams {
		stream, err := client.OpenStream(t.Context(), protocol.Address{Host: "echo.example", Port: 7})
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, stream)
	}
	enough, all := make(chan struct{}), new(strings.Builder)
	go func() { // ends with the relay's output, if not before
		defer close(enough)
		for beats := 0; beats < enoughBeats && lines.Scan(); {
			if strings.Contains(lines.Text(), `"event":"heartbeat"`) {
				beats++
			}
		}
	}()
	for busy := true; busy; {
		for _, stream := range streams {
			if _, err := stream.Write([]byte("hello")); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(stream, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case <-enough:
			busy = false
		default:
		}
	}
	_ = client.Close()
	readUntil(t, lines, all, func(e oneEvent) bool { return e.Event == "session-close" })
	terminate(t, cmd, lines, all, stderr)

	r := readReport(t, path)
	want := map[string]report.Status{
		"server-answers": report.Passed, "client-answers": report.Passed,
		"proxying-unaffected": report.Observed, "under-load": report.Observed, "ten-minutes": report.NotMeasured,
	}
	for _, item := range r.Checklist() {
		if status, asked := want[item.ID]; asked && item.Status != status {
			t.Errorf("%s is %s, want %s: %s", item.ID, item.Status, status, item.Evidence[0].Text(report.English))
		}
		delete(want, item.ID)
	}
	if len(want) > 0 {
		t.Errorf("the report has none of %v", want)
	}
	const says = ": proxying is unaffected; heartbeats work under load. Not measured: ten minutes" // the first two were observed
	if why := r.Reason(report.English); r.Verdict() != report.Undecided || !strings.Contains(why, says) {
		t.Errorf("the verdict is %s: %s", r.Verdict(), why)
	}
}
