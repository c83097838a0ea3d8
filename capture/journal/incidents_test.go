package journal_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// incidentsOf returns what the entries tell of incidents and of what belongs to them, a line
// each.
func incidentsOf(entries []journal.Entry) (lines []string) {
	for i := range entries {
		switch n := entries[i].Notice.(type) {
		case session.Incident:
			lines = append(lines, fmt.Sprintf("incident %d %v %s", n.Number, n.State, n.Cause))
		case session.Diagnostic:
			lines = append(lines, fmt.Sprintf("%s of %d", n.Code, n.Incident))
		case session.Blocked:
			lines = append(lines, fmt.Sprintf("blocked of %d, ended %v", n.Incident, n.Ended))
		case session.HeartbeatWaiting:
			lines = append(lines, fmt.Sprintf("waiting of %d, ended %v", n.Incident, n.Ended))
		}
	}
	return lines
}

// asks makes the relay ask both peers' sessions for a heartbeat.
func (s *source) asks(ids ...capture.SessionID) {
	for _, id := range ids {
		s.data(id, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
	}
}

// tickFor lets time pass, told every 100 ms.
func (s *source) tickFor(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		s.wait(100 * time.Millisecond)
		s.Tick(s.now)
	}
}

// TestIncidentPrecedesItsEffects follows a server's silence in two sessions: the incident
// stands before its first effect, each diagnostic names it, its cause rises before the server
// is silent for 5 s, it is told of at most once a second, and it is closed once the server is
// heard of.
func TestIncidentPrecedesItsEffects(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.open(2)
	s.wait(time.Second)
	s.asks(1, 2)
	s.tickFor(1500 * time.Millisecond)
	s.asks(1, 2)
	s.tickFor(3200 * time.Millisecond)
	s.data(1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
	s.tickFor(2 * time.Second)

	entries, missed := read(t, s.Journal)
	want := []string{
		"incident 1 opened heartbeat-unanswered", "heartbeat-unanswered of 1", "heartbeat-unanswered of 1",
		"incident 1 grown server-silent", "heartbeat-unanswered of 1", "heartbeat-unanswered of 1",
		"incident 1 grown server-silent",
		"server-silent of 1", // the other session still waits
		"incident 1 closed server-silent",
	}
	got := incidentsOf(entries)
	if diff := cmp.Diff(want, got); diff != "" || missed != 0 {
		t.Errorf("%d missed, incidents (-want +got):\n%s", missed, diff)
	}
	told := map[uint64]time.Time{}
	for _, e := range entries {
		switch n := e.Notice.(type) {
		case session.Incident:
			if before, known := told[n.Number]; n.State == session.IncidentGrown && (!known || e.At.Sub(before) < time.Second) {
				t.Errorf("incident %d has grown at %v, told of before at %v", n.Number, e.At.Sub(start), before.Sub(start))
			}
			if e.Session != 0 {
				t.Errorf("an incident of session %d", e.Session)
			}
			told[n.Number] = e.At
		case session.Diagnostic:
			if _, known := told[n.Incident]; !known {
				t.Errorf("%s names incident %d, which was not told of before", n.Code, n.Incident)
			}
		}
	}
	if len(told) != 1 {
		t.Errorf("%d incidents, want one:\n%s", len(told), strings.Join(got, "\n"))
	}
	list := s.Totals()
	if len(list.Incidents) != 1 || list.IncidentsEver != 1 || list.Incidents[0].State != session.IncidentClosed ||
		!slices.Equal(list.Incidents[0].Sessions, []uint32{1, 2}) {
		t.Errorf("the totals have %+v", list.Incidents)
	}
	if open := journal.Look(s.Journal, journal.AskIncidents{}); len(open) != 0 {
		t.Errorf("still open: %+v", open)
	}
}

// TestAnswerEndsTheSilence: the bytes that end a silence may be the first sign that time has
// passed. What was due before them opens the incident, and they end it.
func TestAnswerEndsTheSilence(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.wait(time.Second)
	s.asks(1)
	s.wait(10 * time.Millisecond)
	s.asks(1)
	s.wait(3050 * time.Millisecond) // what passes with the next event ends before both are lost
	s.data(1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
	s.tickFor(1500 * time.Millisecond)
	all := journal.Look(s.Journal, journal.AskIncidents{Closed: true})
	if len(all) != 1 || all[0].State != session.IncidentClosed {
		entries, _ := read(t, s.Journal)
		t.Errorf("incidents %+v\n%s", all, strings.Join(incidentsOf(entries), "\n"))
	}
}

// TestResetEndsTheSilence: a server that resets its connection, or ends it, is heard of, and what
// is told of its silence from then on is that it is over.
func TestResetEndsTheSilence(t *testing.T) {
	ends := map[string]func(*source){
		"reset": func(s *source) {
			s.Record(&capture.Event{Kind: capture.Closed, Session: 1, At: s.now, By: session.ClosedByServer, Reason: capture.ReasonReset(protocol.Server)})
		},
		"end": func(s *source) { s.Record(&capture.Event{Kind: capture.Gone, Session: 1, At: s.now, Dir: s2c}) },
	}
	for name, end := range ends {
		s := newSource(journal.Limits{})
		s.open(1)
		s.wait(time.Second)
		for range 7 {
			s.asks(1)
			s.tickFor(time.Second)
		}
		end(s)
		s.tickFor(1500 * time.Millisecond)
		all := journal.Look(s.Journal, journal.AskIncidents{Closed: true})
		if len(all) != 1 || all[0].State != session.IncidentClosed || all[0].Until.Sub(start) != 8*time.Second {
			t.Errorf("%s: incidents %+v", name, all)
		}
	}
}

// TestEveryDiagnosticIsAnEffect: also what the tool says of itself or of a session, and what
// gets no entry of its own, since there are too many of it.
func TestEveryDiagnosticIsAnEffect(t *testing.T) {
	const many = 1000
	s := newSource(journal.Limits{})
	s.open(1)
	for range many {
		s.server(1, protocol.SYN, 1, "")
	}
	s.DiagnoseSession(s.now, 1, journal.CodeRecordingCut, "recorded no further")
	s.OutputFailed(s.now, journal.ReportFile, "no space left")
	s.OutputFailed(s.now, journal.KeyLogFile, "no space left")

	effects := make(map[session.Code]uint64)
	incidents := make(map[session.Code]int)
	for _, i := range journal.Look(s.Journal, journal.AskIncidents{}) {
		incidents[i.Cause]++
		for _, e := range i.Effects {
			effects[e.Code] += e.Count
		}
		if i.Cause == journal.CodeRecordingCut && (!slices.Equal(i.Sessions, []uint32{1}) || i.Server != "server:1") {
			t.Errorf("the recording's incident is of sessions %v of server %q", i.Sessions, i.Server)
		}
	}
	if diff := cmp.Diff(s.Totals().Diagnostics, effects); diff != "" || effects[session.CodeWrongSide] != many {
		t.Errorf("the incidents' effects (-diagnostics +effects):\n%s", diff)
	}
	// Two outputs fail for two reasons, as far as is known.
	want := map[session.Code]int{session.CodeWrongSide: 1, journal.CodeRecordingCut: 1, journal.CodeOutputFailed: 2}
	if diff := cmp.Diff(want, incidents); diff != "" {
		t.Errorf("incidents (-want +got):\n%s", diff)
	}
	entries, _ := read(t, s.Journal)
	for _, e := range entries {
		if d, ok := e.Notice.(session.Diagnostic); ok && d.Incident == 0 {
			t.Errorf("%s names no incident", d.Code)
		}
	}
}

// TestToolSpeaksInAReplay: what the tool says of itself has the time of the clock, long after
// that of a capture, and neither grows nor closes what the capture shows.
func TestToolSpeaksInAReplay(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.server(1, protocol.SYN, 1, "")
	clock := s.now.AddDate(1, 0, 0)
	for range 2 {
		s.Diagnose(clock, journal.CodeFilterFailed, "division by zero")
	}
	s.wait(2 * time.Second)
	s.server(1, protocol.SYN, 1, "")
	s.Tick(s.now)
	entries, _ := read(t, s.Journal)
	want := []string{
		"incident 1 opened command-from-wrong-side", "command-from-wrong-side of 1",
		"incident 2 opened filter-failed", "filter-failed of 2", "filter-failed of 2",
		"command-from-wrong-side of 1", "incident 1 grown command-from-wrong-side",
	}
	if diff := cmp.Diff(want, incidentsOf(entries)); diff != "" {
		t.Errorf("incidents (-want +got):\n%s", diff)
	}
}

// TestIncidentsByRoute: what is wrong on one route is not what is wrong on another, and the
// entries of an incident have its route.
func TestIncidentsByRoute(t *testing.T) {
	s := newSource(journal.Limits{})
	for id, route := range map[capture.SessionID]string{1: "eu", 2: "us", 3: "eu"} {
		s.by(id, route, "password")
		s.client(id, protocol.Settings, 0, "v=2")
		s.server(id, protocol.ServerSettings, 0, "v=2")
	}
	for id := range capture.SessionID(3) {
		s.server(id+1, protocol.SYN, 1, "")
	}
	of := make(map[string][]uint32)
	for _, i := range journal.Look(s.Journal, journal.AskIncidents{}) {
		of[i.Route] = append(of[i.Route], i.Sessions...)
	}
	if diff := cmp.Diff(map[string][]uint32{"eu": {1, 3}, "us": {2}}, of); diff != "" {
		t.Errorf("sessions by route (-want +got):\n%s", diff)
	}
	entries, _ := read(t, s.Journal)
	for _, e := range entries {
		if i, ok := e.Notice.(session.Incident); ok && i.Route != e.Route {
			t.Errorf("the entry of an incident of route %q is of %q", i.Route, e.Route)
		}
	}
}

// TestIncidentsOfASnapshot: a snapshot keeps the incidents that there were, open and closed,
// and its totals' worst is theirs.
func TestIncidentsOfASnapshot(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.server(1, protocol.SYN, 1, "")
	at := journal.Take(s.Journal)
	s.wait(time.Hour)
	s.Tick(s.now) // closed by now
	s.client(1, 77, 0, "")
	open, all := journal.Look(at, journal.AskIncidents{}), journal.Look(at, journal.AskIncidents{Closed: true})
	if len(open) != 1 || len(all) != 1 || open[0].State == session.IncidentClosed {
		t.Errorf("the snapshot has %+v, and of all %+v", open, all)
	}
	open, all = journal.Look(s.Journal, journal.AskIncidents{}), journal.Look(s.Journal, journal.AskIncidents{Closed: true})
	if len(open) != 1 || len(all) != 2 || all[0].Severity < all[1].Severity {
		t.Errorf("the journal has %+v, and of all %+v", open, all)
	}
}

// TestIncidentsWhileRecording records what is wrong in sessions on several goroutines, while
// others ask. Each diagnostic names an incident that stands before it.
func TestIncidentsWhileRecording(t *testing.T) {
	const recorders, each = 4, 50
	j := journal.New(journal.Limits{}, session.Config{})
	var all sync.WaitGroup
	for r := range recorders {
		all.Go(func() {
			s := &source{Journal: j, now: start}
			for n := range each {
				id := capture.SessionID(1 + r*each + n)
				s.open(id)
				s.server(id, protocol.SYN, 1, "")
				s.DiagnoseSession(s.now, id, journal.CodeRecordingCut, "recorded no further")
				s.wait(20 * time.Millisecond)
				s.close(id)
			}
		})
		all.Go(func() {
			for range each {
				journal.Look(j, journal.AskIncidents{Closed: true})
				journal.Look(journal.Take(j), journal.AskIncidents{})
				j.Totals()
			}
		})
	}
	all.Wait()
	entries, _ := read(t, j)
	told, named := make(map[uint64]bool), 0
	for _, e := range entries {
		switch n := e.Notice.(type) {
		case session.Incident:
			told[n.Number] = true
		case session.Diagnostic:
			if named++; !told[n.Incident] {
				t.Fatalf("entry %d, %s, names incident %d, which was not told of before", e.Index, n.Code, n.Incident)
			}
		}
	}
	if want := uint64(named); named < 2*recorders*each || effectsOf(j) != want {
		t.Errorf("%d diagnostics, %d effects", named, effectsOf(j))
	}
}

// effectsOf returns how many effects the incidents of a journal have.
func effectsOf(j *journal.Journal) (n uint64) {
	for _, i := range j.Totals().Incidents {
		n += i.Count()
	}
	return n
}

// TestIncidentIsToldAsOfItsEffect: in a replay what follows from time alone is noticed with the
// next event, which may come much later. The incident speaks as of when it came about.
func TestIncidentIsToldAsOfItsEffect(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.Record(&capture.Event{Kind: capture.Blocked, Session: 1, At: s.now, Dir: c2s, Since: s.now, Bytes: 1000})
	s.wait(10 * time.Second)
	s.connect(2)

	entries, _ := read(t, s.Journal)
	for _, e := range entries {
		if i, ok := e.Notice.(session.Incident); ok {
			if want := "the server has taken no byte for 3s"; !strings.HasPrefix(i.Text, want) || !e.At.Equal(start.Add(3*time.Second)) {
				t.Errorf("at %v: %s, want %s at 3s", e.At.Sub(start), i.Text, want)
			}
			return
		}
	}
	t.Errorf("no incident: %v", incidentsOf(entries))
}

// TestIncidentsInReplay: what came about between two events is told in the order of time, also
// where the second one is the first sign that it has passed. So a capture tells what was told
// live.
func TestIncidentsInReplay(t *testing.T) {
	run := func(pass func(*source, time.Duration)) []string {
		s := newSource(journal.Limits{})
		s.open(1)
		s.open(2)
		pass(s, time.Second)
		s.asks(1, 2)
		pass(s, 100*time.Millisecond)
		s.asks(1, 2)
		pass(s, 900*time.Millisecond)
		s.asks(1, 2) // they are lost within a second after the answer
		pass(s, 2200*time.Millisecond)
		s.data(1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
		s.asks(1)
		pass(s, 20*time.Second)
		s.data(1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
		entries, _ := read(t, s.Journal)
		var lines []string
		for _, line := range incidentsOf(entries) {
			if !strings.Contains(line, "grown") { // how often that is told depends on who asks
				lines = append(lines, line)
			}
		}
		return lines
	}
	live, replayed := run((*source).tickFor), run(func(s *source, d time.Duration) { s.wait(d) })
	if diff := cmp.Diff(live, replayed); diff != "" {
		t.Errorf("incidents (-live +replayed):\n%s", diff)
	}
}
