package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// noon is when incidents begin in these tests.
func noon() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }

// silence returns an incident of a server from which nothing comes, in so many sessions, as of
// some seconds after it began.
func silence(state session.IncidentState, cause session.Code, sessions int, seconds uint64) session.Incident {
	i := session.Incident{
		Number: 3, State: state, Cause: cause, Severity: session.Error, Since: noon(), Server: "s:443",
		SessionCount: sessions,
		Effects:      []session.Effect{{Code: cause, Severity: session.Error, Count: seconds}},
		Text:         fmt.Sprintf("nothing for %d s", seconds),
	}
	for n := range min(sessions, session.MaxListed) {
		i.Sessions = append(i.Sessions, uint32(n+1))
	}
	return i
}

// refusal returns an incident with one effect, of one stream.
func refusal(severity session.Severity) session.Incident {
	return session.Incident{
		Number: 1, Cause: session.CodeSYNACKError, Severity: severity, Since: noon(), Last: noon(), Server: "s:443", Target: "t:80",
		Sessions: []uint32{7}, SessionCount: 1, Streams: []session.StreamRef{{Session: 7, Stream: 5}}, StreamCount: 1,
		Effects: []session.Effect{{Code: session.CodeSYNACKError, Severity: severity, Count: 1}},
		Text:    "t:80: refused",
	}
}

// TestIncidentInJSON: an incident has all its fields, in its event and in the summary, and
// says how many sessions and streams there are beyond those that it lists.
func TestIncidentInJSON(t *testing.T) {
	few := refusal(session.Warning)
	few.Route = "eu"
	inJSON, _ := lines(t, journal.Entry{At: noon().Add(time.Second), Notice: few})
	const fields = `"cause":"synack-error","severity":"warning","since":"2026-01-02T12:00:00Z","last":"2026-01-02T12:00:00Z","route":"eu","server":"s:443","target":"t:80",` +
		`"sessions":[7],"streams":[{"session":7,"stream":5}],"effects":{"synack-error":1},"text":"t:80: refused","advice":"The server could not connect to the target; the text is its reason."}`
	if want := `{"event":"incident","time":"2026-01-02T12:00:01Z","incident":1,"state":"opened",` + fields; inJSON != want {
		t.Errorf("the line is\n%s\nwant\n%s", inJSON, want)
	}

	many := silence(session.IncidentGrown, session.CodeServerSilent, 40, 5)
	many.StreamCount = session.MaxCounted
	past := silence(session.IncidentClosed, session.CodePathDead, 0, 5)
	past.Until = noon().Add(90 * time.Second)
	var out bytes.Buffer
	w := export.NewJSON(&out, export.Options{})
	if err := w.Summary(journal.Totals{Incidents: []session.Incident{few, many, past}, IncidentsEver: 5}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var summary struct {
		Incidents []struct {
			State        string
			Until        string
			Sessions     []uint32
			SessionCount int `json:"session_count"`
			StreamCount  int `json:"stream_count"`
		}
		Total uint64 `json:"incidents_total"`
	}
	if err := json.Unmarshal(out.Bytes(), &summary); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"incidents":[{"incident":1,"state":"opened",`+fields) || summary.Total != 5 || len(summary.Incidents) != 3 {
		t.Fatalf("the summary is %s", out.String())
	}
	if i := summary.Incidents[1]; i.State != "opened" || i.Until != "" || len(i.Sessions) != session.MaxListed || i.SessionCount != 40 || i.StreamCount != session.MaxCounted {
		t.Errorf("the one that has grown is %+v", i)
	}
	if i := summary.Incidents[2]; i.State != "closed" || i.Until != "2026-01-02T12:01:30Z" || i.SessionCount != 0 || !strings.Contains(out.String(), `"sessions":[],"streams":[],`) {
		t.Errorf("the one that is over is %+v", i)
	}

	out.Reset()
	if err := w.Summary(journal.Totals{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"incidents":[],"evicted"`) || strings.Contains(out.String(), "incidents_total") {
		t.Errorf("the summary of a run without incidents is %s", out.String())
	}
}

// TestEffectsInJSON: each line of what an incident is made of has its number.
func TestEffectsInJSON(t *testing.T) {
	for _, notice := range []session.Notice{
		session.Diagnostic{Code: session.CodeAlert, Incident: 3},
		session.Blocked{Dir: protocol.ClientToServer, Since: noon(), Incident: 3},
		session.HeartbeatWaiting{Toward: protocol.Server, Since: noon(), Incident: 3},
	} {
		if inJSON, _ := lines(t, journal.Entry{Session: 7, At: noon(), Notice: notice}); !strings.Contains(inJSON, `"incident":3`) {
			t.Errorf("%s has no number of its incident", inJSON)
		}
	}
}

// TestToolInReplay: what the tool says of itself during a replay is of another time than the
// capture, and disturbs nothing of that: an incident goes on to grow.
func TestToolInReplay(t *testing.T) {
	s := &source{t: t, now: noon(), j: journal.New(journal.Limits{}, session.Config{})}
	s.event(capture.Event{Kind: capture.Opened, Client: "c:1", Server: "s:443"})
	s.event(capture.Event{Kind: capture.Established, TLS: &capture.TLS{}})
	s.client(protocol.Preamble{Padding: 30}.Append(nil))
	s.client(s.frame(protocol.Settings, 0, "v=2"))
	s.server(s.frame(protocol.ServerSettings, 0, "v=2"))
	target, _ := protocol.AppendTarget(nil, protocol.Address{Host: "t", Port: 80})
	for stream := range uint32(9) {
		s.client(s.frame(protocol.SYN, stream+1, ""))
		s.client(s.frame(protocol.PSH, stream+1, string(target)))
		s.server(s.frame(protocol.SYNACK, stream+1, "refused"))
		s.j.Diagnose(noon().Add(48*time.Hour), journal.CodeFilterFailed, "fails")
		s.now = s.now.Add(2 * time.Second)
	}
	var out bytes.Buffer
	write(t, s.j, export.NewJSON(&out, export.Options{}), false)
	for _, of := range []struct {
		part string
		want int
	}{
		{`"state":"opened","cause":"synack-error","severity":"warning","since":"2026-01-02T12:00:00.012Z","last":"2026-01-02T12:00:00.012Z"`, 1},
		{`"state":"grown","cause":"synack-error"`, 7},
		{`"event":"incident","time":"2026-01-04`, 1},
		{`"effects":{"synack-error":9}`, 1},
	} {
		if n := strings.Count(out.String(), of.part); n != of.want {
			t.Errorf("%s is there %d times, want %d, in\n%s", of.part, n, of.want, out.String())
		}
	}
}
