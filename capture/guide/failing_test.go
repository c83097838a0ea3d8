package guide

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
)

// A wanted says what a step is to come to, and what its text has in it.
type wanted struct {
	step   report.StepID
	state  State
	status report.Status
	text   string
}

// none is what comes of steps that are skipped for a reason.
func none(why words, steps ...report.StepID) (list []wanted) {
	for _, id := range steps {
		list = append(list, wanted{id, Skipped, report.NotMeasured, why.english})
	}
	return list
}

func all(lists ...[]wanted) []wanted { return slices.Concat(lists...) }

// later are the steps of the parts after the first.
var later = []report.StepID{report.StepLoad, report.StepThroughput, report.StepBoth, report.StepCPU}

// TestFailing: what fails is told of the step that it failed in, with the cause; what rests on it
// is skipped, with the reason; and the verdict names the cause.
func TestFailing(t *testing.T) {
	other, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	cert, key, err := other.Pair("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	others, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(elsewhere, other.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	rests := []report.StepID{report.StepHeartbeats, report.StepUDP, report.StepTargets, report.StepIdle}
	for name, tt := range map[string]struct {
		server, client []string // more words of their commands
		change         func(*Config)
		until          report.StepID // the run is ended after it; empty: it is not
		want           []wanted
		verdict        report.Verdict
		reason         string
		failure        string // of the first scenario
	}{
		"wrong password": {
			client: []string{"-p", "another"},
			want: all([]wanted{
				{report.StepDirect, Ended, report.Failed, "2 of 2 requests failed"},
				{report.StepRelayed, Ended, report.Failed, "the pair fails without the relay too"},
			}, none(nothingCame, rests...), none(failsAlone, later...)),
			verdict: report.Not, reason: "password is not the one given",
		},
		"the client refuses": {
			client: []string{"-fault", "refuse"},
			want: all([]wanted{
				{report.StepDirect, Ended, report.Failed, "2 of 2 requests failed"},
			}, none(failsAlone, later...)),
			verdict: report.Not, reason: "fails by itself",
		},
		"the relay breaks it": { // the client trusts the authority of the run, and the relay shows another's leaf
			client: []string{"-ca", "{ca}"},
			change: func(c *Config) {
				c.Certificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &others, nil }
			},
			want: all([]wanted{
				{report.StepDirect, Ended, report.Passed, "6 of 6"},
				{report.StepRelayed, Ended, report.Failed, "none failed without the relay"},
			}, none(nothingCame, rests...), none(nothingCame, later...)),
			verdict: report.Partly, reason: "through the relay, none without it",
		},
		"only the relay helps": { // the server has no certificate of the run's authority, the relay does not mind
			until:  report.StepHeartbeats,
			server: []string{"-cert", "", "-key", ""},
			client: []string{"-ca", "{ca}"},
			want: all([]wanted{
				{report.StepDirect, Ended, report.Failed, " ERROR [Client] no session with "},
				{report.StepRelayed, Ended, report.Passed, "6 of 6"},
				{report.StepHeartbeats, Ended, report.Passed, "answered"},
			}, none(failsAlone, later...)),
			verdict: report.Partly, reason: "x509",
		},
		"a client that trusts neither": {
			client: []string{"-ca", elsewhere},
			want: all([]wanted{
				{report.StepDirect, Ended, report.Failed, " ERROR [Client] no session with "},
				{report.StepRelayed, Ended, report.Failed, "; the client logged: “"},
			}, none(nothingCame, rests...)),
			verdict: report.Not, reason: "have it verify with {ca}",
		},
		"a server that never answers": {
			server: []string{"-fault", "silent"},
			change: func(c *Config) { c.Plan.pace.tries = 1 },
			want: all([]wanted{
				{report.StepDirect, Ended, report.Failed, "1 of 1 requests failed"},
				{report.StepRelayed, Ended, report.Failed, "the pair fails without the relay too"},
			}, none(nothingCame, rests...), none(failsAlone, later...)),
			verdict: report.Not, reason: "answer",
		},
		"no server": {
			change: func(c *Config) { c.Server.Command = &process.Command{Words: []string{"no-such-server"}} },
			want: all([]wanted{
				{report.StepDirect, Ended, report.Failed, "no-such-server is not found"},
			}, none(notStarted, report.StepRelayed, report.StepHeartbeats, report.StepLogs), none(notStarted, later...)),
			verdict: report.Undecided, reason: "not found", failure: "server: no-such-server is not found",
		},
		"no client": {
			change: func(c *Config) { c.Client.Command = &process.Command{Words: []string{"no-such-client"}} },
			want: all([]wanted{
				{report.StepDirect, Ended, report.Failed, "no-such-client is not found"},
			}, none(notStarted, report.StepRelayed), none(notStarted, later...)),
			verdict: report.Undecided, reason: "not found", failure: "client: no-such-client is not found",
		},
		"a client that listens before it is ready": {
			until:  report.StepRelayed,
			client: []string{"-fault", "early=5"},
			change: func(c *Config) { c.Client.Command.Early = true },
			want: []wanted{
				{report.StepDirect, Ended, report.Passed, "6 of 6"},
				{report.StepRelayed, Ended, report.Passed, "6 of 6"},
			},
		},
		"a client that is not known to": {
			until:  report.StepRelayed,
			client: []string{"-fault", "early=5"},
			want: []wanted{
				{report.StepDirect, Ended, report.Failed, "2 of 2 requests failed"},
				{report.StepRelayed, Ended, report.Failed, "2 of 2 requests failed"},
			},
		},
		"a server that never listens": {
			server: []string{"-fault", "deaf"},
			change: func(c *Config) { c.Plan.pace.patience = 1000 * c.Plan.pace.spacing },
			want: all([]wanted{
				{report.StepDirect, Ended, report.Failed, "does not listen"},
			}, none(notStarted, later...)),
			verdict: report.Undecided, reason: "does not listen", failure: "server does not listen",
		},
		"a client that dies in the middle": {
			client: []string{"-fault", "die-after=9"},
			want: all([]wanted{
				{report.StepDirect, Ended, report.Passed, "6 of 6"},
				{report.StepRelayed, Ended, report.Passed, "6 of 6"},
				{report.StepHeartbeats, Ended, report.Failed, "client ended by itself (exit code 3)"},
			}, none(pairGone, report.StepUDP, report.StepTargets, report.StepIdle), []wanted{
				{report.StepLogs, Ended, report.Failed, "FATAL"},
				{report.StepLoad, Ended, report.Failed, "out of luck"},
			}, none(pairGone, report.StepThroughput)),
			verdict: report.Partly, reason: "out of luck", failure: "client ended by itself",
		},
		"a server that dies in the middle": {
			server: []string{"-fault", "die-after=9"},
			want: all([]wanted{
				{report.StepHeartbeats, Ended, report.Failed, "server ended by itself (exit code 3)"},
			}, none(pairGone, report.StepUDP, report.StepTargets, report.StepIdle)),
			verdict: report.Partly, reason: "out of luck", failure: "server ended by itself",
		},
		"no datagram comes back": {
			until:  report.StepUDP,
			client: []string{"-fault", "lose-udp"},
			want: []wanted{
				{report.StepDirect, Ended, report.Passed, "6 of 6"},
				{report.StepUDP, Ended, report.Failed, "without the relay 4 of 4 did not either"},
			},
			verdict: report.Partly, reason: "without the relay 4 of 4 did not either",
		},
		"no UDP": {
			until:  report.StepUDP,
			client: []string{"-fault", "no-udp"},
			want: []wanted{
				{report.StepUDP, Ended, report.NotMeasured, "takes no datagrams"},
			},
		},
		"an inbound that hangs up on UDP": {
			client: []string{"-fault", "hang-up"},
			want:   []wanted{{report.StepUDP, Skipped, report.NotMeasured, "takes no datagrams"}},
		},
		"heartbeats without an answer": {
			server: []string{"-fault", "no-answer"},
			change: func(c *Config) {
				c.Session.HeartbeatTimeout = 300 * c.Plan.pace.spacing
				c.Plan.Duration = time.Second // on a machine that is busy no heartbeat is sent in less
			},
			want: all([]wanted{
				{report.StepHeartbeats, Ended, report.Failed, "lost"},
				{report.StepLoad, Ended, report.Failed, "lost"},
				{report.StepBoth, Ended, report.Failed, "lost"},
			}, none(beatsLost, report.StepThroughput, report.StepCPU)),
			verdict: report.Partly, reason: "he server answers no heartbeats, though all requests succeeded",
		},
		"logs that are too long to be read": {
			until:  report.StepLogs,
			change: func(c *Config) { c.Plan.pace.readLogs = 1 },
			want:   []wanted{{report.StepLogs, Ended, report.NotMeasured, "too long to be read in time"}},
		},
		"an error in a log": {
			until:  report.StepHeartbeats,
			server: []string{"-fault", "log-error"},
			want: []wanted{
				{report.StepHeartbeats, Ended, report.Passed, "answered"},
				{report.StepLogs, Ended, report.Failed, "ERROR [Server]"},
			},
		},
		"an error that is none of this program": {
			until:  report.StepHeartbeats,
			server: []string{"-fault", "log-error"},
			change: func(c *Config) { c.Server.Patterns.Harmless = `ERROR \[Server\]` },
			want:   []wanted{{report.StepLogs, Ended, report.Passed, ""}},
		},
		"an error that is none of the other program": {
			until:  report.StepHeartbeats,
			server: []string{"-fault", "log-error"},
			change: func(c *Config) { c.Client.Patterns.Harmless = `ERROR \[Server\]` },
			want:   []wanted{{report.StepLogs, Ended, report.Failed, "ERROR [Server]"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, told := pair(t, server(t, tt.server...), client(t, tt.client...))
			if tt.change != nil {
				tt.change(&cfg)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg.Tell = func(s Step) {
				told.step(s)
				if s.ID == tt.until {
					cancel()
				}
			}
			g := New(cfg)
			scenarios := g.Run(ctx)
			logRun(t, g, scenarios)
			for _, want := range tt.want {
				got := told.of(t, want.step)
				if got.State != want.state || got.Status != want.status || !strings.Contains(got.Text, want.text) {
					t.Errorf("%s: %s: %s; want %s: …%s…", want.step, got.Status, got.Text, want.status, want.text)
				}
			}
			if g.Compatible() && tt.verdict != "" {
				t.Error("it is compatible")
			}
			made := report.Combine(report.Meta{}, scenarios...)
			if got, why := made.Verdict(), made.Reason(report.English); tt.verdict != "" && (got != tt.verdict || !strings.Contains(why, tt.reason)) {
				t.Errorf("verdict %s: %s; want %s: …%s…", got, why, tt.verdict, tt.reason)
			}
			if got := scenarios[0].Failure; !strings.HasPrefix(got, tt.failure) || (got == "") != (tt.failure == "") {
				t.Errorf("failure %q, want %q", got, tt.failure)
			}
		})
	}
}
