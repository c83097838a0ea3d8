package report_test

import (
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A source records one session of version 2 into a journal.
type source struct {
	t   *testing.T
	j   *journal.Journal
	now time.Time
}

func newSource(t *testing.T, limits journal.Limits) *source {
	t.Helper()
	src := &source{t: t, now: noon, j: journal.New(limits, session.Config{HeartbeatTimeout: 3 * time.Second})}
	src.event(capture.Event{Kind: capture.Opened, Client: "127.0.0.1:50000", Server: "example.com:443"})
	src.event(capture.Event{Kind: capture.Established, TLS: &capture.TLS{Version: "TLS 1.3"}})
	preamble := protocol.Preamble{Hash: protocol.HashPassword("secret"), Padding: 30}.Append(nil)
	src.event(capture.Event{Kind: capture.Data, Dir: protocol.ClientToServer, Data: preamble})
	src.frame(protocol.ClientToServer, protocol.Settings, "v=2\nclient=test/1", session.Fate{})
	src.frame(protocol.ServerToClient, protocol.ServerSettings, "v=2", session.Fate{})
	return src
}

func (src *source) event(e capture.Event) {
	e.At, e.Session = src.now, 1
	src.j.Record(&e)
}

func (src *source) frame(dir protocol.Direction, c protocol.Command, data string, m session.Fate) {
	src.t.Helper()
	b, err := protocol.AppendFrame(nil, c, 0, []byte(data))
	if err != nil {
		src.t.Fatal(err)
	}
	src.event(capture.Event{Kind: capture.Data, Dir: dir, Data: b, Fate: m})
}

func (src *source) pass(d time.Duration) {
	src.now = src.now.Add(d)
	src.j.Tick(src.now)
}

// heartbeat sends a HeartRequest toward a peer that answers after rtt. A negative rtt
// means no answer.
func (src *source) heartbeat(toward protocol.Peer, injected bool, rtt time.Duration) {
	src.t.Helper()
	dir := toward.Toward()
	var asked, answered session.Fate
	if injected {
		asked.Kind, answered.Kind = session.Injected, session.Absorbed
	}
	src.frame(dir, protocol.HeartRequest, "", asked)
	if rtt < 0 {
		src.pass(4 * time.Second)
		return
	}
	src.pass(rtt)
	src.frame(dir.Reverse(), protocol.HeartResponse, "", answered)
}

func (src *source) close() { src.closeBy(session.ClosedByClient) }

func (src *source) closeBy(by session.Closer) {
	src.event(capture.Event{Kind: capture.Closed, By: by})
}

func TestMeasure(t *testing.T) {
	src := newSource(t, journal.Limits{})
	var c report.Collector
	for range 12 {
		src.heartbeat(protocol.Server, true, 2*time.Millisecond)
		src.heartbeat(protocol.Client, true, time.Millisecond)
		src.pass(time.Second)
		c.Read(src.j)
	}
	src.heartbeat(protocol.Server, false, 3*time.Millisecond)
	src.heartbeat(protocol.Client, true, -1)
	src.frame(protocol.ServerToClient, protocol.Alert, "go away", session.Fate{})
	src.frame(protocol.ClientToServer, protocol.HeartRequest, "", session.Fate{Kind: session.Injected})
	src.close()
	c.Read(src.j)

	r := report.Combine(meta(), report.Measure(src.j, &c, report.Scenario{
		Kind: report.Live, Interval: ms(1000), Notes: []string{"mine"}, Server: report.Peer{Name: "mine too"},
	}))
	s := &r.Scenarios[0]
	type counts struct{ sent, answered, lost, cut uint64 }
	of := func(f session.Figures) counts { return counts{f.Sent, f.Answered, f.Lost, f.Cut} }
	for _, tt := range []struct {
		name      string
		got, want counts
	}{
		{"toward the server", of(s.Heartbeats.TowardServer.Figures), counts{14, 13, 0, 1}},
		{"injected", of(s.Heartbeats.TowardServer.Injected), counts{13, 12, 0, 1}},
		{"the client's own", of(s.Heartbeats.TowardServer.Own), counts{1, 1, 0, 0}},
		{"toward the client", of(s.Heartbeats.TowardClient.Figures), counts{13, 12, 1, 0}},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, tt.got, tt.want)
		}
	}
	if f := s.Heartbeats.TowardServer.Figures; f.P50 < ms(1.9) || f.P50 > ms(2.1) || f.Max < ms(2.9) || f.Max > ms(3.1) {
		t.Errorf("p50 %v, max %v, want about 2 and 3 ms", f.P50, f.Max)
	}
	if s.Server.Name != "mine too" || s.Client.Name != "test/1" || len(s.Notes) != 1 || s.Interval != ms(1000) {
		t.Errorf("peers %q and %q, notes %q, interval %v", s.Server, s.Client, s.Notes, s.Interval)
	}
	if s.Started != noon || s.Duration.Duration() != src.now.Sub(noon) || s.Sessions != 1 || s.Frames == 0 {
		t.Errorf("from %v for %v, %d sessions, %d frames", s.Started, s.Duration.Duration(), s.Sessions, s.Frames)
	}
	if answered, lost, _, _ := sums(t, s.Heartbeats.TowardClient.Series); answered != 12 || lost != 1 {
		t.Errorf("in the series %d are answered, %d lost", answered, lost)
	}
	found := make(map[session.Code]report.Diagnostic)
	for _, d := range s.Diagnostics {
		found[d.Code] = d
	}
	if d := found[session.CodeAlert]; d.Count != 1 || d.Severity != "error" || !strings.Contains(d.Text, "go away") {
		t.Errorf("the alert is %+v", d)
	}
	if found[session.CodeHeartbeatUnanswered].Count != 1 {
		t.Errorf("diagnostics %v", s.Diagnostics)
	}
	// A journal alone does not say what came of requests.
	for id, want := range map[string]report.Status{
		"server-answers": report.Passed, "client-answers": report.Failed, "repeated-heartbeats": report.Failed,
		"no-error-diagnostics": report.Failed, "response-under-100ms": report.Failed, "ten-minutes": report.NotMeasured,
		"proxying-unaffected": report.NotMeasured, "under-load": report.NotMeasured, "throughput-unaffected": report.NotMeasured,
		"cpu-overhead": report.NotMeasured,
	} {
		if got := item(r, id).Status; got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	if got := r.Verdict(); got != report.Partly {
		t.Errorf("verdict %s", got)
	}
}

// Without a collector, Measure reads what the journal holds.
func TestMeasureWithoutCollector(t *testing.T) {
	src := newSource(t, journal.Limits{})
	for range 5 {
		src.heartbeat(protocol.Server, true, time.Millisecond)
		src.pass(time.Second)
	}
	s := report.Measure(src.j, nil, report.Scenario{Duration: minutes(3)})
	if answered, _, _, _ := sums(t, s.Heartbeats.TowardServer.Series); answered != 5 {
		t.Errorf("in the series %d are answered, want 5", answered)
	}
	if s.Server.Name != "example.com:443" || s.Duration != minutes(3) {
		t.Errorf("server %q, duration %v", s.Server.Name, s.Duration.Duration())
	}
	if got := s.Result(); got != report.Passed {
		t.Errorf("result %s", got)
	}
}

// A collector that reads too late says so. The figures stay exact.
func TestMeasureAfterEviction(t *testing.T) {
	src := newSource(t, journal.Limits{Entries: 16})
	for range 40 {
		src.heartbeat(protocol.Server, true, time.Millisecond)
	}
	r := report.Combine(meta(), report.Measure(src.j, nil, report.Scenario{}))
	h := r.Scenarios[0].Heartbeats
	if h.TowardServer.Answered != 40 || h.Missed == 0 {
		t.Errorf("%d answered, %d entries missed", h.TowardServer.Answered, h.Missed)
	}
	if text := string(r.Markdown(report.English)); !strings.Contains(text, "were not read in time") {
		t.Errorf("the report does not say so:\n%s", text)
	}
}

// TestMeasureNoSession: what is told before a session begins gives the run no duration.
func TestMeasureNoSession(t *testing.T) {
	j := journal.New(journal.Limits{}, session.Config{})
	j.Diagnose(noon, journal.CodePingFailed, "nobody listens there")
	if s := report.Measure(j, nil, report.Scenario{}); s.Duration != 0 {
		t.Errorf("the duration is %v", s.Duration)
	}
}

func TestMeasureNothing(t *testing.T) {
	r := report.Combine(meta(), report.Measure(journal.New(journal.Limits{}, session.Config{}), nil, report.Scenario{}))
	if got := r.Verdict(); got != report.Undecided {
		t.Errorf("verdict %s of nothing", got)
	}
	for _, i := range r.Checklist() {
		if i.Status != report.NotMeasured {
			t.Errorf("%s: %s of nothing", i.ID, i.Status)
		}
	}
}
