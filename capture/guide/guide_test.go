package guide

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

// TestGuide: a pair that works passes the whole plan, and the report has what was measured.
func TestGuide(t *testing.T) {
	cfg, told := pair(t, server(t), client(t))
	cfg.Server.LogEnv = []string{"GODEBUG=inittrace=1"} // a line for each package
	g, scenarios := runPair(t, cfg)
	for name, loud := range map[string]bool{"direct": true, "pair": true, "load": false, "both": false} {
		text, err := os.ReadFile(filepath.Join(cfg.Dir, name+"-server.log"))
		if err != nil || strings.Contains(string(text), "init runtime ") != loud {
			t.Errorf("the log of %s, where what makes it log more is to count: %v (%v)", name, loud, err)
		}
	}
	for _, s := range told.all() {
		switch s.ID {
		case report.StepThroughput, report.StepCPU: // the machine has its say
			if s.State != Ended {
				t.Errorf("%s was not run: %s", s.ID, s.Text)
			}
		default:
			if s.State != Ended || s.Status != report.Passed {
				t.Errorf("%s: %s: %s", s.ID, s.Status, s.Text)
			}
		}
		if s.Took <= 0 || s.Title == "" {
			t.Errorf("%s: title %q, took %v", s.ID, s.Title, s.Took)
		}
	}
	if want := told.of(t, report.StepThroughput).Status != report.Failed; g.Compatible() != want {
		t.Errorf("compatible: %v, want %v", g.Compatible(), want)
	}
	if lacks := g.Unmeasured(); lacks != nil {
		t.Errorf("said to lack: %+v", lacks)
	}
	kinds := []report.Kind{report.Pair, report.Pair, report.BothDirections}
	for i := range scenarios {
		if s := &scenarios[i]; i < len(kinds) && s.Kind != kinds[i] || s.Result() != report.Passed || s.Duration <= 0 {
			t.Errorf("scenario %d: %s %s, %v", i+1, s.Kind, s.Result(), s.Duration)
		}
	}
	if len(scenarios) != len(kinds) {
		t.Fatalf("%d scenarios", len(scenarios))
	}
	checkPair(t, &scenarios[0])
	if l := scenarios[1].Load; l.Requests < 200 || l.Heartbeats.Answered == 0 {
		t.Errorf("under load: %+v", l)
	}
	if load := &scenarios[1]; load.Heartbeats.TowardServer.Injected.Plus(load.Heartbeats.TowardClient.Injected).Sent <= load.Load.Heartbeats.Sent {
		t.Error("no heartbeat was injected into downloads")
	}
	if tp := scenarios[1].Throughput; len(tp.With) != 20 || len(tp.Without) != 20 {
		t.Errorf("%d downloads with heartbeats, %d without", len(tp.With), len(tp.Without))
	}
	if cpu := scenarios[2].CPU; len(cpu) == 2 {
		for _, of := range cpu {
			if len(of.Spans) != 6 || of.With.CPU <= 0 || of.With.Wall <= 0 || of.Without.Wall <= 0 {
				t.Errorf("%s: %d pairs of spans, %+v with heartbeats, %+v without", of.Peer, len(of.Spans), of.With, of.Without)
			}
		}
	} else if cpu != nil || told.of(t, report.StepCPU).Status != report.NotMeasured {
		t.Errorf("CPU time of %d ends", len(cpu))
	}
}

// checkPair checks what the first scenario of a pair that works has.
func checkPair(t *testing.T, s *report.Scenario) {
	t.Helper()
	for name, traffic := range map[string]*report.Traffic{"direct": s.Direct, "relayed": s.Relayed, "UDP": s.UDP, "UDP direct": s.UDPDirect} {
		if traffic == nil || traffic.Requests < 4 || traffic.Failed > 0 || traffic.BytesCompared == 0 {
			t.Errorf("%s: %+v", name, traffic)
		}
	}
	for _, to := range []report.Toward{s.Heartbeats.TowardServer, s.Heartbeats.TowardClient} {
		if to.Injected.Answered < 4 || to.Injected.Lost > 0 || to.Series == nil {
			t.Errorf("heartbeats: %+v", to.Figures)
		}
	}
	if len(s.Targets) < 5 {
		t.Errorf("targets: %+v", s.Targets)
	}
	if s.Idle == nil || s.Idle.Sessions != 0 || s.Idle.Waited <= 0 {
		t.Errorf("idle: %+v", s.Idle)
	}
	for _, l := range s.Logs {
		switch l.Item {
		case "received", "sent":
			// What was logged of heartbeats that count, and of none that came later.
			if l.Count != l.Due || l.Due == 0 || !strings.Contains(l.Line, "[Session]") {
				t.Errorf("the %s's log: %+v", l.Peer, l)
			}
		default:
			if l.Count > 0 || l.Error != "" {
				t.Errorf("the %s's log: %+v", l.Peer, l)
			}
		}
	}
	if len(s.Logs) != 8 {
		t.Errorf("%d items of logs", len(s.Logs))
	}
}

// TestSteps: the steps are told in the order of the plan, each once, and that is what is seen.
func TestSteps(t *testing.T) {
	t.Parallel()
	cfg, told := pair(t, server(t), client(t, "-p", "another"))
	var seen []View
	g := New(cfg)
	tell := g.cfg.Tell
	g.cfg.Tell = func(s Step) {
		tell(s)
		seen = append(seen, g.Look())
	}
	before := g.Look()
	if before.Done || before.Pair != "our-server ← our-client" || before.Steps[0].State != Waiting || before.Steps[0].Takes == 0 {
		t.Errorf("before the run: %+v", before)
	}
	g.Run(t.Context())
	after := g.Look()
	if !after.Done || len(told.all()) != len(after.Steps) {
		t.Fatalf("%d of %d steps were told, done: %v", len(told.all()), len(after.Steps), after.Done)
	}
	for i, s := range told.all() {
		if s.ID != after.Steps[i].ID || s.Part != after.Steps[i].Part {
			t.Errorf("step %d is %s, and %s was told", i, after.Steps[i].ID, s.ID)
		}
		for j := range seen[i].Steps {
			if state := seen[i].Steps[j].State; (state == Ended || state == Skipped) != (j <= i) {
				t.Errorf("once %s is told, %s is in state %d", s.ID, seen[i].Steps[j].ID, state)
			}
		}
	}
}

// TestFiles: what programs are told of is the user's alone, and the certificate is what its
// authority issued.
func TestFiles(t *testing.T) {
	t.Parallel()
	cfg, _ := pair(t, server(t), client(t, "-ca", "{ca}"))
	cfg.Plan.pace.tries = 1
	cfg.Client.Command.Words = append(cfg.Client.Command.Words, "-fault", "refuse") // it is over soon
	runPair(t, cfg)
	var found []string
	err := filepath.WalkDir(cfg.Dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && path != cfg.Dir {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		found = append(found, entry.Name())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"direct-server.log", "direct-client.log", "pair-server.log", "pair-client.log"} {
		if !slices.Contains(found, name) {
			t.Errorf("no %s among %q", name, found)
		}
	}
	roots := x509.NewCertPool()
	authority, err := os.ReadFile(filepath.Join(cfg.Dir, "ca.pem"))
	if err != nil || !roots.AppendCertsFromPEM(authority) {
		t.Fatalf("the authority: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(cfg.Dir, "server.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"127.0.0.1", "localhost"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKinds: the guide's first two scenarios keep their numbers.
func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		server, client string
		want           report.Kind
	}{
		{"rust", "go", report.RustServerGoClient},
		{"Go", "Rust", report.GoServerRustClient},
		{"go", "go", report.Pair},
		{"", "rust", report.Pair},
	} {
		cfg := &Config{Server: End{Peer: report.Peer{Language: tt.server}}, Client: End{Peer: report.Peer{Language: tt.client}}}
		if got := kindOf(cfg); got != tt.want {
			t.Errorf("%s server, %s client: %s, want %s", tt.server, tt.client, got, tt.want)
		}
	}
}
