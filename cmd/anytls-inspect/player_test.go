package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// TestReportOfAll: where standard output can't be written, the report is about the whole
// capture all the same. Without a report, the replay ends.
func TestReportOfAll(t *testing.T) {
	capture, err := os.ReadFile("testdata/output/demo.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		err    error // of standard output
		report bool
		told   string // by the run
	}{
		{"closed", errClosedPipe, true, ""},
		{"full", errFull, true, "not whole: standard output"},
		{"closed, no report", errClosedPipe, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.json")
			synctest.Test(t, func(t *testing.T) {
				broken := make(chan struct{})
				s := newStdio(nil, writerFunc(func([]byte) (int, error) {
					close(broken) // a patientWriter does not write again
					return 0, tc.err
				}), io.Discard)
				var whole atomic.Bool
				p := playerOf(s, io.MultiReader(
					bytes.NewReader(capture[:len(capture)*3/4]),
					after(func() {
						<-broken
						synctest.Wait() // what follows from that has happened
					}),
					bytes.NewReader(capture[len(capture)*3/4:]),
					after(func() { whole.Store(true) }),
				))
				if tc.report {
					p.cfg.report = reportConfig{path: path, language: report.English}
				}
				if err := p.run(t.Context()); (err != nil) != (tc.told != "") || err != nil && !strings.Contains(err.Error(), tc.told) {
					t.Errorf("the run ends with %v, want %q", err, tc.told)
				}
				if got := whole.Load(); got != tc.report {
					t.Errorf("the whole capture was read: %v, want %v", got, tc.report)
				}
			})
			if !tc.report {
				return
			}
			synctest.Test(t, func(t *testing.T) {
				p := playerOf(newStdio(nil, io.Discard, io.Discard), bytes.NewReader(capture))
				p.cfg.report = reportConfig{path: path + ".json", language: report.English}
				if err := p.run(t.Context()); err != nil {
					t.Error(err)
				}
			})
			if got, want := figures(t, path), figures(t, path+".json"); got != want {
				t.Errorf("the report has %s, want %s", got, want)
			}
		})
	}
}

// playerOf returns a player of a capture that prints JSON.
func playerOf(s *stdio, input io.Reader) *player {
	w := newWarner(s)
	return &player{
		stdio: s, warner: w, cfg: replayConfig{output: outputConfig{kind: outJSON}},
		journal: journal.New(journal.Limits{}, session.Config{}),
		source:  replay.Config{Input: input},
	}
}

// An after is a reader of nothing that calls itself first.
type after func()

func (f after) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

// figures returns the line of a report that counts its sessions, and those that count
// frames.
func figures(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "[") {
			continue // the sessions of an incident
		}
		if strings.HasPrefix(line, `"sessions":`) || strings.HasPrefix(line, `"frames":`) {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		t.Fatal("the report counts nothing")
	}
	return strings.Join(lines, " ")
}
