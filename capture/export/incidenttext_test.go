package export_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// textOf returns what text has of notices that come a second apart.
func textOf(t *testing.T, o export.Options, notices ...session.Notice) []string {
	t.Helper()
	var out bytes.Buffer
	o.Today = noon()
	w := export.NewText(&out, o)
	for n, notice := range notices {
		e := journal.Entry{At: noon().Add(time.Duration(n+1) * time.Second), Notice: notice}
		if err := w.Entry(&e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// TestIncidentInText: an incident has a line when it opens, when it gets worse and when it is
// over, each where that says something new, and says once what to do.
func TestIncidentInText(t *testing.T) {
	const advice = "                                           advice: "
	unanswered, silent := journal.Spec(session.CodeHeartbeatUnanswered).Advice, journal.Spec(session.CodeServerSilent).Advice
	over := func(i session.Incident, after time.Duration) session.Incident {
		i.State, i.Until = session.IncidentClosed, noon().Add(after)
		return i
	}
	severe := refusal(session.Error)
	severe.State = session.IncidentGrown
	routed := refusal(session.Note)
	routed.Route = "eu"
	tool := session.Incident{Number: 9, Cause: journal.CodeFilterFailed, Severity: session.Note, Since: noon(), Text: "fails"}
	for _, test := range []struct {
		name    string
		notices []session.Notice
		want    []string
	}{
		{
			"a silence that the first line does not know of yet",
			[]session.Notice{
				silence(session.IncidentOpened, session.CodeHeartbeatUnanswered, 1, 3),
				silence(session.IncidentGrown, session.CodeHeartbeatUnanswered, 2, 4),
				silence(session.IncidentGrown, session.CodeServerSilent, 3, 5),
				silence(session.IncidentGrown, session.CodeServerSilent, 3, 6),
				over(silence(session.IncidentClosed, session.CodeServerSilent, 3, 7), 7*time.Second),
			},
			[]string{
				"12:00:01.000000    1 ! error               heartbeat-unanswered: nothing for 3 s",
				advice + unanswered,
				"12:00:03.000000    0 ! error               server-silent, at first heartbeat-unanswered: nothing for 5 s [sessions 1–3]",
				advice + silent,
				"12:00:05.000000    0 · incident            server-silent: over after 7.0 s: nothing for 7 s [sessions 1–3]",
			},
		},
		{
			"twice the same: what to do was said",
			[]session.Notice{
				silence(session.IncidentOpened, session.CodeServerSilent, 1, 3),
				over(silence(session.IncidentClosed, session.CodeServerSilent, 1, 3), 4*time.Second),
				silence(session.IncidentOpened, session.CodeServerSilent, 1, 3),
			},
			[]string{
				"12:00:01.000000    1 ! error               server-silent: nothing for 3 s",
				advice + silent,
				"12:00:02.000000    1 · incident            server-silent: over after 4.0 s: nothing for 3 s",
				"12:00:03.000000    1 ! error               server-silent: nothing for 3 s",
			},
		},
		{
			"one note, and no more of its kind for long",
			[]session.Notice{refusal(session.Note), over(refusal(session.Note), 0)},
			[]string{"12:00:01.000000    7 ! note                synack-error: t:80: refused [stream 5]"},
		},
		{
			"a note that turns out to be an error",
			[]session.Notice{refusal(session.Note), severe},
			[]string{
				"12:00:01.000000    7 ! note                synack-error: t:80: refused [stream 5]",
				"12:00:02.000000    7 ! error               synack-error: t:80: refused [stream 5]",
				advice + journal.Spec(session.CodeSYNACKError).Advice,
			},
		},
		{
			"of one of several routes",
			[]session.Notice{routed},
			[]string{"12:00:01.000000    7 ! note                synack-error: t:80: refused [stream 5; route eu]"},
		},
		{
			"of the tool",
			[]session.Notice{tool},
			[]string{"12:00:01.000000    0 ! note                filter-failed: fails"},
		},
		{
			"whose opening is not known",
			[]session.Notice{over(silence(session.IncidentClosed, session.CodeServerSilent, 40, 3), time.Minute)},
			[]string{"12:00:01.000000    0 · incident            server-silent: over after 60.0 s: nothing for 3 s [sessions 1–32 and 8 more]"},
		},
	} {
		got := textOf(t, export.Options{}, test.notices...)
		if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

// TestSomeNumbers: a line lists few sessions, and counts the rest.
func TestSomeNumbers(t *testing.T) {
	i := silence(session.IncidentOpened, session.CodeAlert, 12, 1)
	i.Severity, i.Sessions = session.Note, []uint32{20, 2, 4, 3, 6, 7, 9, 11, 13, 15, 17}
	i.StreamCount = session.MaxCounted
	got := textOf(t, export.Options{}, i)[0]
	if want := "[sessions 2–4, 6, 7, 9, 11, 13, 15 and 3 more; at least 256 streams]"; !strings.HasSuffix(got, want) {
		t.Errorf("%q does not end with %q", got, want)
	}
}

// TestEffectsInText: what an incident is made of is printed for who asks for all, with its
// number, and what is part of none for all.
func TestEffectsInText(t *testing.T) {
	at := noon()
	effects := func(incident uint64) []session.Notice {
		return []session.Notice{
			session.Diagnostic{Code: session.CodeAlert, Severity: session.Error, Text: "go away", Incident: incident},
			session.Blocked{Since: at, Bytes: 9, Incident: incident},
			session.Blocked{Since: at, Bytes: 9, Ended: true, Incident: incident},
			session.HeartbeatWaiting{Since: at, Why: "inside a frame", Incident: incident},
			session.HeartbeatWaiting{Since: at, Why: "inside a frame", Ended: true, Incident: incident},
		}
	}
	if got := textOf(t, export.Options{}, effects(3)...); len(got) != 1 || got[0] != "" {
		t.Errorf("the effects of an incident are printed:\n%s", strings.Join(got, "\n"))
	}
	all := textOf(t, export.Options{All: true}, effects(3)...)
	if len(all) != 5 {
		t.Errorf("of five effects are printed:\n%s", strings.Join(all, "\n"))
	}
	for _, line := range all {
		if !strings.HasSuffix(line, " [incident 3]") {
			t.Errorf("%q does not name its incident", line)
		}
	}
	for _, all := range []bool{false, true} {
		got := textOf(t, export.Options{All: all}, effects(0)...)
		if len(got) != 5 || strings.Contains(strings.Join(got, "\n"), "incident") {
			t.Errorf("of five that belong to no incident are printed:\n%s", strings.Join(got, "\n"))
		}
	}
	if got := textOf(t, export.Options{All: true}, refusal(session.Note))[0]; !strings.HasSuffix(got, " incident 1: synack-error: t:80: refused [stream 5]") {
		t.Errorf("%q does not name the incident", got)
	}
}

// TestMissedIncidents: where entries are missing, an incident that grows is told of again:
// its opening may be among them.
func TestMissedIncidents(t *testing.T) {
	var out bytes.Buffer
	w := export.NewText(&out, export.Options{})
	for _, missed := range []uint64{0, 5, 0} {
		if missed > 0 {
			if err := w.Missed(missed); err != nil {
				t.Fatal(err)
			}
		}
		e := journal.Entry{At: noon(), Notice: silence(session.IncidentGrown, session.CodeServerSilent, 2, 3)}
		if err := w.Entry(&e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "server-silent: nothing for 3 s"); n != 2 {
		t.Errorf("before and after a hole the incident is told of %d times:\n%s", n, out.String())
	}
}

// TestIncidentsInTextSummary: the summary lists the worst incidents, with how long they
// were, and says how many more there are; with all of them, the codes too.
func TestIncidentsInTextSummary(t *testing.T) {
	past := silence(session.IncidentClosed, session.CodePathDead, 2, 5)
	past.Until = noon().Add(90 * time.Second)
	totals := journal.Totals{
		Incidents: []session.Incident{past}, IncidentsEver: 30,
		Diagnostics: map[session.Code]uint64{session.CodeSYNACKError: 24},
		Worst:       map[session.Code]session.Severity{session.CodeSYNACKError: session.Warning},
	}
	lasting, again := silence(session.IncidentGrown, session.CodeServerSilent, 2, 5), refusal(session.Warning)
	again.Last = noon().Add(time.Minute)
	totals.Incidents = append(totals.Incidents, lasting, again)
	for range 22 {
		totals.Incidents = append(totals.Incidents, refusal(session.Warning))
	}
	summary := func(o export.Options) string {
		var out bytes.Buffer
		if err := export.NewText(&out, o).Summary(totals); err != nil {
			t.Fatal(err)
		}
		_, list, _ := strings.Cut(out.String(), "heartbeats toward client: 0 sent, 0 answered, 0 lost\n")
		return list
	}
	const remembered = "of 30 incidents no more are remembered\n"
	want := "error    12:00:00–12:01:30 path-dead: nothing for 5 s [sessions 1, 2]\n" +
		"error    since 12:00:00    server-silent: nothing for 5 s [sessions 1, 2]\n" +
		"warning  12:00:00–12:01:00 synack-error: t:80: refused [session 7; stream 5]\n" +
		strings.Repeat("warning  12:00:00          synack-error: t:80: refused [session 7; stream 5]\n", 17) +
		"and 5 more incidents: --all lists them\n" + remembered
	if got := summary(export.Options{Today: noon()}); got != want {
		t.Errorf("the summary is\n%s\nwant\n%s", got, want)
	}
	want = "error    12:00:00–12:01:30 incident 3: path-dead: nothing for 5 s [sessions 1, 2]\n" +
		"error    since 12:00:00    incident 3: server-silent: nothing for 5 s [sessions 1, 2]\n" +
		"warning  12:00:00–12:01:00 incident 1: synack-error: t:80: refused [session 7; stream 5]\n" +
		strings.Repeat("warning  12:00:00          incident 1: synack-error: t:80: refused [session 7; stream 5]\n", 22) +
		remembered + "warning  synack-error: 24\n"
	if got := summary(export.Options{All: true, Today: noon()}); got != want {
		t.Errorf("all of the summary is\n%s\nwant\n%s", got, want)
	}
}
