package guide

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/guide/pairtest"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
)

// running is a pair that runs already, in this process: the client is pointed at where the relay
// will listen, and another one at the server itself.
type running struct {
	server, socks, direct string // addresses
	listen                string // of the relay
	log                   string // of the server: a file
}

const runningPassword = "of the pair"

// runBefore runs a pair until the test ends.
func runBefore(t *testing.T) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var ends sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		ends.Wait()
	})
	r := &running{log: filepath.Join(t.TempDir(), "server.log")}
	file, err := os.Create(r.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	logf := func(format string, args ...any) { fmt.Fprintf(file, format+"\n", args...) }
	logf("ERROR of another day")
	if r.listen, err = process.FreeAddr(); err != nil {
		t.Fatal(err)
	}
	serve := func(addr *string, serve func(net.Listener) error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*addr = l.Addr().String()
		ends.Go(func() {
			if err := serve(l); err != nil {
				t.Error(err)
			}
		})
	}
	serve(&r.server, func(l net.Listener) error {
		return pairtest.Server(ctx, l, pairtest.ServerConfig{Password: runningPassword, Logf: logf})
	})
	for addr, at := range map[*string]string{&r.socks: r.listen, &r.direct: r.server} {
		serve(addr, func(l net.Listener) error {
			return pairtest.Client(ctx, l, pairtest.ClientConfig{Server: at, Password: runningPassword})
		})
	}
	return r
}

// config returns what runs the pair.
func (r *running) config(t *testing.T) (Config, *told) {
	cfg, told := pair(t, End{Peer: report.Peer{Name: "server"}}, End{Peer: report.Peer{Name: "client"}, Socks: r.socks})
	cfg.Password, cfg.Listen = runningPassword, r.listen
	cfg.Route = capture.Route{Server: r.server, Insecure: true}
	return cfg, told
}

// TestRunning: of a pair that runs already, what can be known is measured, and what can't is not
// asked for. The client finds the relay of each part at the same address.
func TestRunning(t *testing.T) {
	cfg, told := runBefore(t).config(t)
	g, scenarios := runPair(t, cfg)
	unknown := map[report.StepID]words{
		report.StepDirect: noneDirect, report.StepLogs: noLogs, report.StepCPU: noPIDs,
	}
	for _, s := range told.all() {
		switch why, ok := unknown[s.ID]; {
		case ok:
			if s.State != Skipped || s.Text != why.english {
				t.Errorf("%s: %s", s.ID, s.Text)
			}
		case s.ID != report.StepThroughput && s.Status != report.Passed:
			t.Errorf("%s: %s: %s", s.ID, s.Status, s.Text)
		}
	}
	if want := told.of(t, report.StepThroughput).Status != report.Failed; len(scenarios) != 3 || g.Compatible() != want {
		t.Errorf("%d scenarios, compatible: %v", len(scenarios), g.Compatible())
	}
}

// TestRunningPastTheRelay: a client whose requests don't come to the relay is told from a pair, of
// which then nothing is known.
func TestRunningPastTheRelay(t *testing.T) {
	t.Parallel()
	r := runBefore(t)
	cfg, told := r.config(t)
	cfg.Client.Socks = r.direct
	g, scenarios := runPair(t, cfg)
	relayed := told.of(t, report.StepRelayed)
	if relayed.Status != report.Failed || !strings.Contains(relayed.Text, "nothing of them came to the relay at "+r.listen) {
		t.Errorf("relayed: %s: %s", relayed.Status, relayed.Text)
	}
	for _, s := range told.all() {
		if s.Status == report.Passed || s.ID != report.StepRelayed && s.Status != report.NotMeasured {
			t.Errorf("%s: %s: %s", s.ID, s.Status, s.Text)
		}
	}
	whole := &report.Report{Scenarios: scenarios}
	if v := whole.Verdict(); v != report.Undecided || g.Compatible() {
		t.Errorf("%s, compatible: %v: %s", v, g.Compatible(), whole.Reason(report.English))
	}
}

// TestRunningKnown: of ends that run already, the log, the process and the way past the relay are
// measured where they are named. What was logged before the run is none of it.
func TestRunningKnown(t *testing.T) {
	r := runBefore(t)
	cfg, told := r.config(t)
	cfg.SocksDirect, cfg.Server.Log, cfg.Server.PID = r.direct, r.log, os.Getpid()
	_, scenarios := runPair(t, cfg)
	if s := told.of(t, report.StepDirect); s.Status != report.Passed {
		t.Errorf("direct: %s: %s", s.Status, s.Text)
	}
	for _, l := range scenarios[0].Logs {
		if l.Peer != "server" || l.Item == "trouble" && l.Count > 0 || l.Item == "received" && (l.Count != l.Due || l.Due == 0) {
			t.Errorf("the log: %+v", l)
		}
	}
	if s := told.of(t, report.StepCPU); s.State != Ended {
		t.Errorf("CPU time: %s", s.Text)
	}
	for _, of := range scenarios[2].CPU {
		if of.Peer != "server server" {
			t.Errorf("CPU time of %s", of.Peer)
		}
	}
}

// TestRunningLoggedBefore: what an end logged before the run is not quoted as why the pair fails
// without the relay.
func TestRunningLoggedBefore(t *testing.T) {
	t.Parallel()
	r := runBefore(t)
	cfg, told := r.config(t)
	nobody, err := process.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	cfg.SocksDirect, cfg.Server.Log = nobody, r.log
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg.Tell = func(s Step) {
		told.step(s)
		cancel()
	}
	New(cfg).Run(ctx)
	if s := told.of(t, report.StepDirect); s.Status != report.Failed || strings.Contains(s.Text, "another day") {
		t.Errorf("direct: %s: %s", s.Status, s.Text)
	}
}

// TestUnfit: what can't be measured of a pair is said before it is run, and is no step that takes
// time.
func TestUnfit(t *testing.T) {
	started, fixed := server(t), End{Socks: "127.0.0.1:1080"}
	for name, tt := range map[string]struct {
		cfg  Config
		step report.StepID
		want words
	}{
		"a client that knows no server that is started": {
			Config{Server: started, Client: fixed, SocksDirect: "127.0.0.1:1081"}, report.StepDirect, serverMoves,
		},
		"a client that verifies what the server has no certificate of": {
			Config{Server: End{}, Client: client(t, "-ca", "{ca}")}, report.StepDirect, verifiesOurs,
		},
		"a client that verifies nothing": {
			Config{Server: End{}, Client: client(t)}, report.StepDirect, words{},
		},
		"a URL":                     {Config{Server: started, Client: client(t), Target: "http://localhost/"}, report.StepUDP, ownTargets},
		"CPU time without a stream": {Config{Server: started, Client: client(t), Target: "http://localhost/"}, report.StepCPU, ownTargets},
		"a log":                     {Config{Server: End{}, Client: End{Log: "log"}}, report.StepLogs, words{}},
		"a PID":                     {Config{Server: End{PID: 1}, Client: fixed}, report.StepCPU, words{}},
	} {
		t.Run(name, func(t *testing.T) {
			g := New(tt.cfg)
			for _, part := range allParts() {
				for _, s := range part.steps {
					if s.id != tt.step {
						continue
					}
					if got := s.lacks(&run{Guide: g}); got != tt.want {
						t.Errorf("%q, want %q", got.english, tt.want.english)
					}
				}
			}
			for _, s := range g.Look().Steps {
				if s.ID == tt.step && (s.Takes == 0) != (tt.want != words{}) {
					t.Errorf("it takes %v", s.Takes)
				}
			}
		})
	}
}

// TestURL: requests for a URL of others go through the pair, and what only a target of the run's
// own can tell is not measured. Others are spared rounds of load.
func TestURL(t *testing.T) {
	var mu sync.Mutex
	requests := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		requests++
		mu.Unlock()
		fmt.Fprint(w, strings.Repeat("word ", 10))
	}))
	defer web.Close()
	cfg, told := pair(t, server(t), client(t))
	cfg.Target = web.URL
	_, scenarios := runPair(t, cfg)
	for _, s := range told.all() {
		switch s.ID {
		case report.StepUDP, report.StepTargets, report.StepCPU:
			if s.State != Skipped || s.Text != ownTargets.english {
				t.Errorf("%s: %s", s.ID, s.Text)
			}
		case report.StepThroughput:
		default:
			if s.Status != report.Passed {
				t.Errorf("%s: %s: %s", s.ID, s.Status, s.Text)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if l := scenarios[1].Load; l.Requests != 200 || requests < 200 {
		t.Errorf("%d requests under load, %d in all", l.Requests, requests)
	}
}

// TestURLFails: a URL that is answered with an error by its target is no fault of the pair, of which
// nothing is known then.
func TestURLFails(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer web.Close()
	cfg, told := pair(t, server(t), client(t))
	cfg.Target = web.URL
	g, scenarios := runPair(t, cfg)
	if s := told.of(t, report.StepDirect); s.Status != report.Failed || !strings.Contains(s.Text, web.URL+" fails by itself: the target's answer has status 502") {
		t.Errorf("direct: %s: %s", s.Status, s.Text)
	}
	if s := told.of(t, report.StepRelayed); s.Status != report.NotMeasured || s.Text != badTarget.english {
		t.Errorf("relayed: %s: %s", s.Status, s.Text)
	}
	if v := (&report.Report{Scenarios: scenarios}).Verdict(); v != report.Undecided || g.Compatible() {
		t.Errorf("%s, compatible: %v", v, g.Compatible())
	}
}
