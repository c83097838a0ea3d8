package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// at returns the time so long after noon.
func at(seconds float64) time.Time { return noon.Add(ms(1000 * seconds).Duration()) }

// frozen returns a run in which a server froze, another one for good; which refused ten
// targets, and whose TLS failed in two ways.
func frozen() report.Scenario {
	s := report.Scenario{
		Kind: report.Live, Started: noon, Duration: minutes(1), Interval: ms(1000), Sessions: 60, Streams: 80, Frames: 900,
		Heartbeats: report.Heartbeats{TowardServer: toward(figures(50, 45, 5, 0, 1, 1, 1, 2)), First: noon, Last: at(60), Quiet: ms(5200)},
		Diagnostics: []report.Diagnostic{
			{Code: "closed-by", Count: 5, Severity: "note", Text: "lost: reset by the client"},
			{Code: "heartbeat-unanswered", Count: 5, Severity: "error", Text: "no answer from the server within 3s"},
			{Code: "path-dead", Count: 1, Severity: "error", Text: "3 of the server's 3 sessions owe an answer"},
			{Code: "synack-error", Count: 11, Severity: "warning", Text: "connection refused"},
			{Code: "synack-late", Count: 2, Severity: "error", Text: "no SYNACK within 3s"},
			{Code: "tls-failed", Count: 3, Severity: "error", Text: "TLS with the client: it rejected our certificate"},
		},
		Incidents: []report.Incident{
			{
				Number: 9, Cause: "path-dead", Severity: "error", Since: at(50), Last: at(58), Server: "b.example:443", Route: "b | far",
				Sessions: []uint32{40, 41, 43, 45, 47, 49, 51, 53, 55}, SessionCount: 20, Streams: []report.Stream{{Session: 40, Stream: 3}},
				Effects: map[session.Code]uint64{"path-dead": 1, "heartbeat-unanswered": 3},
				Text:    "nothing has come from the server for 10s: the path to it is dead, or it stands still; with it 3 × heartbeat-unanswered",
			},
			{
				Number: 1, Cause: "server-silent", Severity: "error", Since: at(1), Until: at(6.2), Last: at(6.5), Server: "a.example:443",
				Sessions: []uint32{2, 1}, Streams: []report.Stream{{Session: 1, Stream: 3}, {Session: 2, Stream: 5}},
				Effects: map[session.Code]uint64{"synack-late": 2, "heartbeat-unanswered": 2, "closed-by": 2},
				Text:    "the server has sent nothing for 5.2s, over any of its sessions; with it 2 × heartbeat-unanswered, 2 × synack-late, 2 × closed-by",
			},
			{
				Number: 2, Cause: "tls-failed", Severity: "error", Since: at(8), Until: at(9.5), Last: at(9.5), Sessions: []uint32{4, 5},
				Effects: map[session.Code]uint64{"tls-failed": 2}, Text: "TLS with the client: it rejected our certificate",
			},
			{
				Number: 3, Cause: "tls-failed", Severity: "error", Since: at(8.5), Until: at(8.5), Last: at(8.5), Sessions: []uint32{6},
				Effects: map[session.Code]uint64{"tls-failed": 1}, Text: "TLS with the server: it needs a name",
			},
		},
	}
	for n := range 10 {
		s.Incidents = append(s.Incidents, report.Incident{
			Number: uint64(10 + n), Cause: "synack-error", Severity: "warning", Since: at(float64(20 + n)), Last: at(float64(20 + n)), Sessions: []uint32{7},
			Target: fmt.Sprintf("t%d.example:80", n), Effects: map[session.Code]uint64{"synack-error": 1}, Text: fmt.Sprintf("t%d.example:80: connection refused", n),
		})
	}
	return s
}

// TestProblemsAreIncidents: each incident is one problem, with when and where it was, the worst
// first; many with one cause are few; what belongs to none is not lost, and nothing counts
// twice.
func TestProblemsAreIncidents(t *testing.T) {
	s := frozen()
	r := report.Combine(meta(), s)
	type row struct {
		code      string
		count     uint64
		incidents int
	}
	var got []row
	diagnostics := make(map[session.Code]uint64)
	for _, p := range r.Problems() {
		got = append(got, row{p.Code, p.Count, len(p.Incidents)})
		if len(p.Incidents) == 0 {
			diagnostics[session.Code(p.Code)] += p.Count
			continue
		}
		for code, n := range p.Effects() {
			diagnostics[code] += n
		}
	}
	want := []row{{"path-dead", 4, 1}, {"server-silent", 6, 1}, {"tls-failed", 2, 1}, {"tls-failed", 1, 1}}
	for range 7 {
		want = append(want, row{"synack-error", 1, 1})
	}
	want = append(want, row{"synack-error", 3, 3}, row{"synack-error", 1, 0}, row{"closed-by", 3, 0})
	if !slices.Equal(got, want) {
		t.Errorf("problems\n%v, want\n%v", got, want)
	}
	measured := make(map[session.Code]uint64)
	for _, d := range s.Diagnostics {
		measured[d.Code] += d.Count
	}
	if !maps.Equal(diagnostics, measured) {
		t.Errorf("the problems have %v, of %v", diagnostics, measured)
	}
	for _, l := range []report.Lang{report.English, report.Chinese} {
		advice := r.Advice(l)
		if n := len(slices.Compact(slices.Sorted(slices.Values(advice)))); n != len(advice) {
			t.Errorf("%d of %d pieces of advice are given twice", len(advice)-n, len(advice))
		}
	}
}

// TestLasts: what a peer was like to the end of the run lasts. What is no state of a peer does
// not, though nobody saw that it was over.
func TestLasts(t *testing.T) {
	for _, test := range []struct {
		incident report.Incident
		lasts    bool
		says     string
	}{
		{report.Incident{Cause: "server-silent", Since: at(1), Last: at(9)}, true, "| since 12:00:01, lasted to the end |"},
		{report.Incident{Cause: "peer-not-reading", Since: at(1)}, true, "| since 12:00:01, lasted to the end |"},
		{report.Incident{Cause: "server-silent", Since: at(1), Until: at(6.2)}, false, "| 12:00:01–12:00:06 (5.2 s) |"},
		{report.Incident{Cause: "synack-error", Since: at(1), Last: at(9)}, false, "| 12:00:01–12:00:09 (8 s) |"},
		{report.Incident{Cause: "synack-error", Since: at(1), Last: at(1)}, false, "| 12:00:01 |"},
		{report.Incident{Cause: "synack-error", Since: at(1), Last: at(1.3)}, false, "| 12:00:01 (300 ms) |"},
		{report.Incident{Cause: "synack-error", Since: at(1)}, false, "| since 12:00:01 |"},
		{report.Incident{Cause: "server-silent", Since: at(-86400), Until: at(1)}, false, "| 2026-01-01 12:00:00–2026-01-02 12:00:01 (24 h) |"},
		{report.Incident{Cause: "server-silent", Since: at(-86400)}, true, "| since 2026-01-01 12:00:00, lasted to the end |"},
	} {
		test.incident.Severity, test.incident.Effects = "error", map[session.Code]uint64{test.incident.Cause: 1}
		r := report.Combine(meta(), report.Scenario{Kind: report.Live, Incidents: []report.Incident{test.incident}})
		if got := test.incident.Lasts(); got != test.lasts {
			t.Errorf("%+v: lasts %t, want %t", test.incident, got, test.lasts)
		}
		if text := string(r.Markdown(report.English)); !strings.Contains(text, test.says) {
			t.Errorf("%q is not said in\n%s", test.says, text)
		}
	}
}

// TestMeasureIncidents: what the journal makes of a server from which nothing comes any more is
// one problem of the report, which lasts where nothing was heard of it to the end.
func TestMeasureIncidents(t *testing.T) {
	came := map[bool]string{true: "nothing has come from the server for ", false: "nothing came from the server for "}
	for _, lasts := range []bool{false, true} {
		src := newSource(t, journal.Limits{})
		var c report.Collector
		for range 3 {
			src.frame(protocol.ClientToServer, protocol.HeartRequest, "", session.Fate{Kind: session.Injected})
			src.pass(time.Second)
			c.Read(src.j)
		}
		for range 60 {
			src.pass(100 * time.Millisecond)
		}
		if !lasts {
			for range 3 {
				src.frame(protocol.ServerToClient, protocol.HeartResponse, "", session.Fate{Kind: session.Absorbed})
			}
			src.pass(2 * time.Second)
		}
		c.Read(src.j)
		r := report.Combine(meta(), report.Measure(src.j, &c, report.Scenario{Kind: report.Live}))
		list := r.Problems()
		if len(list) != 1 || list[0].Code != string(session.CodePathDead) || len(list[0].Incidents) != 1 || list[0].Severity != "error" {
			t.Fatalf("lasts %t: problems %+v", lasts, list)
		}
		i := list[0].Incidents[0]
		if i.Lasts() != lasts || i.Since != noon || !slices.Equal(i.Sessions, []uint32{1}) || i.Server != "example.com:443" || i.Number != 1 {
			t.Errorf("lasts %t: %+v", lasts, i)
		}
		if i.Effects[session.CodeHeartbeatUnanswered] != 3 || list[0].Count != i.Count() || !strings.HasPrefix(list[0].Text(report.English), came[lasts]) {
			t.Errorf("lasts %t: %d × %v: %s", lasts, list[0].Count, i.Effects, list[0].Text(report.English))
		}
		if !lasts && i.Until != noon.Add(9*time.Second) {
			t.Errorf("over at %v", i.Until)
		}
		if got := r.Scenarios[0].Errors(); got < 3 {
			t.Errorf("%d errors: the checks count diagnostics, and not incidents", got)
		}
	}
}

// TestLastsToTheRunsEnd: a server that does not read when the relay ends the run, or when a
// capture ends, did not begin to read then. It is over where its session went on, or another
// ended it, or the run went on without it.
func TestLastsToTheRunsEnd(t *testing.T) {
	for _, test := range []struct {
		name  string
		end   func(*source)
		lasts bool
	}{
		{"the relay ends", func(src *source) { src.closeBy(session.ClosedByRelay) }, true},
		{"the capture ends", func(src *source) { src.closeBy(session.ClosedByCapture) }, true},
		{"it reads, and the relay ends later", func(src *source) {
			src.event(capture.Event{Kind: capture.Unblocked, Dir: protocol.ClientToServer})
			src.pass(500 * time.Millisecond)
			src.closeBy(session.ClosedByRelay)
		}, false},
		{"the client gives up", func(src *source) { src.closeBy(session.ClosedByClient) }, false},
		{"the run goes on", func(src *source) {
			src.closeBy(session.ClosedByRelay)
			src.pass(time.Minute)
			src.j.Record(&capture.Event{Kind: capture.Opened, Session: 2, At: src.now})
			src.j.Record(&capture.Event{Kind: capture.Established, Session: 2, At: src.now, TLS: new(capture.TLS)})
		}, false},
	} {
		src := newSource(t, journal.Limits{})
		since := src.now
		for range 50 {
			src.pass(100 * time.Millisecond)
			src.frame(protocol.ServerToClient, protocol.Waste, "", session.Fate{}) // it is not silent
			src.event(capture.Event{Kind: capture.Blocked, Dir: protocol.ClientToServer, Since: since, Bytes: 2_000_000})
		}
		test.end(src)
		list := report.Combine(meta(), report.Measure(src.j, nil, report.Scenario{Kind: report.Live})).Problems()
		if len(list) == 0 || list[0].Code != string(session.CodePeerNotReading) || len(list[0].Incidents) != 1 {
			t.Fatalf("%s: problems %+v", test.name, list)
		}
		if got := list[0].Incidents[0].Lasts(); got != test.lasts {
			t.Errorf("%s: lasts %t, want %t: %+v", test.name, got, test.lasts, list[0].Incidents[0])
		}
	}
}

// TestTwoKindsOfTLSFailures: TLS that failed for two reasons is two problems.
func TestTwoKindsOfTLSFailures(t *testing.T) {
	j := journal.New(journal.Limits{Entries: 100, Bytes: 1 << 16}, session.Config{})
	for id, reason := range []string{"it needs a name", "it needs a name", "another version"} {
		id := capture.SessionID(id + 1)
		j.Record(&capture.Event{Kind: capture.Opened, Session: id, At: noon, Client: "192.0.2.1:1", Server: "192.0.2.2:2"})
		j.Record(&capture.Event{Kind: capture.Closed, Session: id, At: noon, By: session.ClosedByServer, TLSFailed: true, Reason: reason})
	}
	list := report.Combine(meta(), report.Measure(j, nil, report.Scenario{Kind: report.Live})).Problems()
	if len(list) != 2 || list[0].Count != 2 || list[1].Count != 1 ||
		!strings.HasPrefix(list[0].Text(report.English), "it needs a name") || !strings.HasPrefix(list[1].Text(report.English), "another version") {
		t.Errorf("problems %+v", list)
	}
}

// TestPingThatFails: why a ping failed is one problem. What a session that stood had besides
// does not say why it was lost.
func TestPingThatFails(t *testing.T) {
	for _, test := range []struct {
		kind report.Kind
		code session.Code
		want []string
	}{
		{report.Ping, journal.CodePingFailed, []string{"ping-failed"}},
		{report.Ping, session.CodeRejected, []string{"rejected"}},
		{report.Ping, session.CodeTLSFailed, []string{"tls-failed"}},
		{report.Ping, session.CodeNotAnyTLS, []string{"scenario-not-run", "not-anytls"}[1:]},
		{report.Ping, session.CodeHeartbeatSlow, []string{"scenario-not-run", "heartbeat-slow"}},
		{report.Pair, session.CodeRejected, []string{"rejected", "scenario-not-run"}},
	} {
		diagnostics := report.Scenario{
			Kind: test.kind, Failure: "the server closed it",
			Diagnostics: []report.Diagnostic{{Code: test.code, Count: 1}},
		}
		incidents := diagnostics
		incidents.Incidents = []report.Incident{{
			Cause: test.code, Severity: journal.Spec(test.code).Severity.String(), Effects: map[session.Code]uint64{test.code: 1},
		}}
		for _, s := range []report.Scenario{diagnostics, incidents} {
			var got []string
			for _, p := range report.Combine(meta(), s).Problems() {
				got = append(got, p.Code)
			}
			slices.Sort(got)
			if !slices.Equal(got, slices.Sorted(slices.Values(test.want))) {
				t.Errorf("%s with %s: problems %q, want %q", test.kind, test.code, got, test.want)
			}
			if s.Result() != report.Failed {
				t.Errorf("%s with %s: %s", test.kind, test.code, s.Result())
			}
		}
	}
}

// TestIncidentsFromSummary: the incidents of the command line's summary are in the form that a
// report reads.
func TestIncidentsFromSummary(t *testing.T) {
	const summary = `{"incident":3,"state":"closed","cause":"server-silent","severity":"error","since":"2026-01-02T12:00:01Z","until":"2026-01-02T12:00:06.2Z",
		"server":"a.example:443","sessions":[1,2],"streams":[{"session":1,"stream":3}],"effects":{"synack-late":2,"closed-by":1},"text":"silent","advice":"look"}`
	var i report.Incident
	if err := json.Unmarshal([]byte(summary), &i); err != nil {
		t.Fatal(err)
	}
	if i.Number != 3 || i.Since != at(1) || i.Until != at(6.2) || i.Count() != 3 || !slices.Equal(i.Streams, []report.Stream{{Session: 1, Stream: 3}}) {
		t.Errorf("read as %+v", i)
	}
}

// TestProblemsOfScenarios: of several scenarios a problem has the number, also where another one
// was measured without incidents.
func TestProblemsOfScenarios(t *testing.T) {
	text := string(report.Combine(meta(), failsAlone(), frozen()).Markdown(report.English))
	for _, row := range []string{
		"| severity | code | when | sessions | count | in no. | what was seen |",
		"| error | server-silent | 12:00:01–12:00:06 (5.2 s) | 1, 2 | 6 | 2 | the server has sent nothing for 5.2s",
		"| error | auth-split | – | – | 10 | 1 | the preamble came in 3 records",
		"| error | pair-fails-by-itself | – | – | 10 | 1 | EOF |",
	} {
		if !strings.Contains(text, "\n"+row) {
			t.Errorf("%q is no row of\n%s", row, text)
		}
	}
}

// TestManySessions: of many sessions the first are named, and the rest is counted, as far as
// they are told apart.
func TestManySessions(t *testing.T) {
	list := make([]uint32, session.MaxListed)
	for n := range list {
		list[n] = uint32(3 * n)
	}
	for _, test := range []struct {
		sessions []uint32
		count    int
		says     string
	}{
		{nil, 0, "| – |"},
		{[]uint32{9, 7, 8, 2}, 0, "| 2, 7–9 |"},
		{list, 0, "| 0, 3, 6, 9, 12, 15 and 26 more |"},
		{list, 40, "| 0, 3, 6, 9, 12, 15 and 34 more |"},
		{list, session.MaxCounted, "| 0, 3, 6, 9, 12, 15 and at least 250 more |"},
	} {
		i := report.Incident{Cause: "server-silent", Severity: "error", Since: noon, Sessions: test.sessions, SessionCount: test.count}
		r := report.Combine(meta(), report.Scenario{Incidents: []report.Incident{i}})
		if text := string(r.Markdown(report.English)); !strings.Contains(text, test.says) {
			t.Errorf("%d sessions: %q is not said in\n%s", test.count, test.says, text)
		}
	}
}

// TestIncidentsInJSON: a problem names its incidents, and has what is known of them.
func TestIncidentsInJSON(t *testing.T) {
	text, err := report.Combine(meta(), silent(), frozen()).JSON(report.English)
	if err != nil {
		t.Fatal(err)
	}
	var form struct {
		Problems []map[string]any
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&form); err != nil {
		t.Fatal(err)
	}
	compact := func(n int, keys ...string) (s string) {
		for _, key := range keys {
			value, _ := json.Marshal(form.Problems[n][key])
			s += key + "=" + string(value) + " "
		}
		return s
	}
	for n, want := range map[int]string{
		0:  `incidents=[{"incident":9,"scenario":2}] since="2026-01-02T12:00:50Z" until=null lasts=true sessions=[40,41,43,45,47,49,51,53,55] session_count=20 `,
		1:  `incidents=[{"incident":1,"scenario":2}] since="2026-01-02T12:00:01Z" until="2026-01-02T12:00:06.2Z" lasts=false sessions=[2,1] session_count=null `,
		11: `incidents=[{"incident":17,"scenario":2},{"incident":18,"scenario":2},{"incident":19,"scenario":2}] since="2026-01-02T12:00:27Z" until=null lasts=false sessions=null session_count=null `,
		12: `incidents=null since=null until=null lasts=null sessions=null session_count=null `,
	} {
		if got := compact(n, "incidents", "since", "until", "lasts", "sessions", "session_count"); got != want {
			t.Errorf("problem %d:\n%s, want\n%s", n, got, want)
		}
	}
}
