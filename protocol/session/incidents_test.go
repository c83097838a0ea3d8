package session_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// An incidentPlay is what a script comes to in incidents: a line each time that there is
// something to tell of one, and at the end how many diagnostics there were.
type incidentPlay struct {
	strings.Builder
	incidents   session.Incidents
	diagnostics int
	numbered    int // of these, how many name an incident that was told of before
	told        map[uint64]session.Incident
}

// An incidentView is the part of one session in that.
type incidentView struct {
	play    *incidentPlay
	place   session.Place
	tracker *session.Tracker
}

func (v *incidentView) Frame(*session.Frame) {}

func (v *incidentView) Notice(n session.Notice) {
	p := v.play
	at := v.tracker.Now()
	joined, told := p.incidents.Join(at, v.place, n)
	for _, i := range told {
		p.tell(at, i)
	}
	if d, ok := joined.(session.Diagnostic); ok {
		p.diagnostics++
		if _, known := p.told[d.Incident]; known {
			p.numbered++
		}
	}
}

func (p *incidentPlay) tell(at time.Time, i session.Incident) {
	p.told[i.Number] = i
	until := ""
	if !i.Until.IsZero() {
		until = fmt.Sprintf(" until %v", i.Until.Sub(start))
	}
	var streams []string
	for _, s := range i.Streams {
		streams = append(streams, fmt.Sprintf("%d/%d", s.Session, s.Stream))
	}
	fmt.Fprintf(p, "%-7v %d %v %v %s since %v%s, sessions %v, streams %v: %s\n",
		at.Sub(start), i.Number, i.State, i.Severity, i.Cause, i.Since.Sub(start), until, i.Sessions, streams, i.Text)
}

// due tells of what is to be told by a time.
func (p *incidentPlay) due(now time.Time) {
	for i, due := p.incidents.Due(now); due; i, due = p.incidents.Due(now) {
		p.tell(now, i)
	}
}

// playIncidents plays a script, with the time told every 50 ms.
func playIncidents(s playedScript) *incidentPlay {
	p := &incidentPlay{told: make(map[uint64]session.Incident)}
	s.cfg.Schemes, s.cfg.Fleet = session.NewSchemes(), session.NewFleet()
	var views []*incidentView
	view := func(n uint32) *incidentView {
		i := slices.IndexFunc(views, func(v *incidentView) bool { return v.place.Session == n })
		if i >= 0 {
			return views[i]
		}
		v := &incidentView{play: p, place: session.Place{Session: n, Route: s.routes[n], Client: "192.0.2.1", Server: "server:443"}}
		v.tracker = session.NewTracker(s.cfg, v)
		v.tracker.Opened(start, n, "192.0.2.1:1000", "server:443")
		views = append(views, v)
		return v
	}
	now := start
	for _, st := range s.steps {
		v := view(st.Session)
		switch st.Kind {
		case script.Data:
			v.tracker.Record(now, st.Dir, st.Wire, st.Fate, st.Continues)
			if !st.Fate.Made() {
				p.incidents.Heard(now, v.place, st.Dir.Sender())
			}
		case script.Wait:
			const step = 50 * time.Millisecond
			for end := now.Add(st.Wait); now.Before(end); {
				now = now.Add(min(step, end.Sub(now)))
				for _, v := range views {
					v.tracker.Tick(now)
				}
				p.due(now)
			}
		case script.Open:
			v.place.Client = session.HostOf(st.Text)
			act(v.tracker, st, now)
		default:
			act(v.tracker, st, now)
		}
		switch st.Kind {
		case script.Gone:
			p.incidents.Heard(now, v.place, st.Dir.Sender())
		case script.Close:
			if v.tracker.Spoke() {
				p.incidents.Heard(now, v.place, protocol.Peer(st.By))
			}
			p.incidents.Ended(now, v.place)
		}
		p.due(now)
	}
	fmt.Fprintf(p, "\n%d diagnostics\n", p.diagnostics)
	for _, i := range p.incidents.Held().List() {
		fmt.Fprintf(p, "%d %v %s: %s\n", i.Number, i.Severity, i.Cause, i.Text)
	}
	return p
}

// TestIncidents holds what scripts come to in incidents to what stands beside them.
func TestIncidents(t *testing.T) {
	files, err := filepath.Glob("testdata/incidents/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	holdScripts(t, files, func(s playedScript) string { return playIncidents(s).String() })
}

// TestEachDiagnosticNamesItsIncident holds, for every script, that each diagnostic names an
// incident that was told of before it, and that an incident's cause is silence, or
// one of its effects.
func TestEachDiagnosticNamesItsIncident(t *testing.T) {
	forEachScript(t, func(t *testing.T, s playedScript) {
		p := playIncidents(s)
		if p.numbered != p.diagnostics {
			t.Errorf("%d of %d diagnostics name an incident that was told of before", p.numbered, p.diagnostics)
		}
		total := uint64(0)
		for _, i := range p.incidents.Held().List() {
			shown := i.Cause == session.CodeServerSilent || i.Cause == session.CodeSessionSilent
			for _, e := range i.Effects {
				shown = shown || e.Code == i.Cause
				if e.Code != session.EffectBlocked && e.Code != session.EffectWaiting {
					total += e.Count
				}
			}
			if !shown {
				t.Errorf("incident %d has the cause %s, and the effects %v", i.Number, i.Cause, i.Effects)
			}
		}
		if total != uint64(p.diagnostics) {
			t.Errorf("incidents have %d diagnostics as effects, of %d", total, p.diagnostics)
		}
	})
}

// TestHeldHasItsOwnOrder: a list of what is held sorts no sessions that another one lists.
func TestHeldHasItsOwnOrder(t *testing.T) {
	var in session.Incidents
	join := func(id uint32) {
		in.Join(start, session.Place{Session: id, Server: "server:443"}, session.Diagnostic{Code: session.CodeWrongSide, Text: "odd"})
	}
	for id := range uint32(20) {
		join(100 - id)
	}
	held := in.Held()
	join(1) // there is room for it where the others stand
	if all := in.Held().List()[0].Sessions; len(all) != 21 || !slices.IsSorted(all) {
		t.Errorf("sessions %v", all)
	}
	if before := held.List()[0].Sessions; len(before) != 20 || before[0] != 81 {
		t.Errorf("sessions %v are held, of 81 to 100", before)
	}
}

// TestHeldStays: what is held of incidents stays as it was, whatever comes after that, also where
// so many come that the first are forgotten.
func TestHeldStays(t *testing.T) {
	var in session.Incidents
	n := 0
	refuse := func(target int) {
		n++
		in.Join(start.Add(time.Duration(n)*time.Millisecond), session.Place{Session: uint32(n), Server: "server:443"}, session.Diagnostic{
			Code: session.CodeSYNACKError, Severity: session.Warning, Stream: 1, Target: fmt.Sprintf("host%d:80", target), Text: "refused",
		})
	}
	for target := range 300 {
		refuse(target)
	}
	held := in.Held()
	before := held.List()
	for target := range 300 {
		refuse(target + 299) // the first of them has one of its own already
	}
	if diff := cmp.Diff(before, held.List()); diff != "" {
		t.Errorf("what was held has changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(before, in.Held().List()); diff == "" {
		t.Error("what is held then is the same")
	}
	before[0].Sessions[0] = 9999
	if again := held.List(); again[0].Sessions[0] == 9999 {
		t.Error("a list shares memory with what is held")
	}
}
