package session_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// An incidentAudit plays whatever comes to incidents, and keeps counts of its own.
type incidentAudit struct {
	t         testing.TB
	incidents session.Incidents
	input     []byte
	now       time.Time // rises, but for what comes late
	told      map[uint64]toldIncident
	effects   map[uint64]map[session.Code]uint64 // by incident; of notices too
	closed    []session.Incident                 // as they were told of
}

// A toldIncident is what was told of an incident last, and when.
type toldIncident struct {
	session.Incident
	at time.Time
}

// byte returns the next byte of the input, 0 behind its end.
func (a *incidentAudit) byte() byte {
	if len(a.input) == 0 {
		return 0
	}
	b := a.input[0]
	a.input = a.input[1:]
	return b
}

// place returns where the next thing comes from.
func (a *incidentAudit) place() session.Place {
	b := a.byte()
	p := session.Place{
		Session: uint32(b) * uint32(b), // many, and small ones again and again
		Route:   []string{"", "eu"}[b%2],
		Client:  []string{"192.0.2.1", "[2001:db8::1]", ""}[b%3],
		Server:  []string{"server:443", "other:443"}[b/16%2],
	}
	if b > 250 {
		p = session.Place{}
	}
	return p
}

// wait returns what may wait.
func (a *incidentAudit) wait() (w session.Wait) {
	b := a.byte()
	ago := func(n byte) time.Time { return a.now.Add(-time.Duration(n) * 100 * time.Millisecond) }
	w.For = protocol.Peer(b & 1)
	if b&2 != 0 {
		w.Since = ago(a.byte())
	}
	if b&4 != 0 {
		w.Silent = ago(a.byte())
	}
	if b&8 != 0 {
		w.Mute = ago(a.byte())
	}
	w.Firm, w.Stands, w.Never = b&16 != 0, b&32 != 0, b&64 != 0
	return w
}

// diagnostic returns any diagnostic.
func (a *incidentAudit) diagnostic() session.Diagnostic {
	codes := append(session.Codes(), "of-the-tool")
	b := a.byte()
	code := codes[int(b)%len(codes)]
	return session.Diagnostic{
		Code: code, Severity: code.Spec().Severity, Stream: uint32(b) / 64, Dir: protocol.Direction(b / 8 % 2),
		Target: []string{"a:80", "b:80", ""}[b%3], Text: []string{"text", "another; text", ""}[b/4%3], Wait: a.wait(),
	}
}

// joins hands a notice to the incidents, and counts it.
func (a *incidentAudit) joins(at time.Time, from session.Place, n session.Notice) {
	joined, told := a.incidents.Join(at, from, n)
	for _, i := range told {
		a.tell(at, i)
	}
	var (
		number uint64
		code   session.Code
		counts = true
	)
	switch n := joined.(type) {
	case session.Diagnostic:
		number, code = n.Incident, n.Code
		if number == 0 {
			a.t.Fatalf("%s names no incident", code)
		}
	case session.Blocked:
		number, code, counts = n.Incident, session.EffectBlocked, !n.Ended
	case session.HeartbeatWaiting:
		number, code, counts = n.Incident, session.EffectWaiting, !n.Ended
	}
	if number == 0 {
		return
	}
	if known, ok := a.told[number]; !ok || known.State == session.IncidentClosed {
		a.t.Fatalf("%s names incident %d, which is not open: %+v", code, number, known)
	}
	if a.effects[number] == nil {
		a.effects[number] = make(map[session.Code]uint64)
	}
	if counts {
		a.effects[number][code]++
	}
}

// tell holds what is told of an incident to what was told before.
func (a *incidentAudit) tell(at time.Time, i session.Incident) {
	before, known := a.told[i.Number]
	switch {
	case known == (i.State == session.IncidentOpened):
		a.t.Fatalf("incident %d is told of as %v; known before: %v", i.Number, i.State, known)
	case known && before.State == session.IncidentClosed:
		a.t.Fatalf("incident %d is told of as %v, though it was closed", i.Number, i.State)
	case i.State == session.IncidentGrown && at.Sub(before.at) < time.Second:
		a.t.Fatalf("incident %d has grown %v after it was told of", i.Number, at.Sub(before.at))
	case known && (i.Severity < before.Severity || i.Count() < before.Count() || i.SessionCount < before.SessionCount):
		a.t.Fatalf("incident %d shrinks: %+v, and before %+v", i.Number, i, before)
	case i.State == session.IncidentClosed && i.Until.IsZero(), !i.Until.IsZero() && i.State == session.IncidentOpened:
		a.t.Fatalf("incident %d is %v, until %v", i.Number, i.State, i.Until)
	}
	a.told[i.Number] = toldIncident{i, later(before.at, at)}
	a.fits(&i)
	if i.State == session.IncidentClosed {
		a.closed = append(a.closed, i)
	}
}

// fits holds that an incident is within its bounds, and makes sense by itself.
func (a *incidentAudit) fits(i *session.Incident) {
	sum := uint64(0)
	for _, e := range i.Effects {
		sum += e.Count
	}
	if len(i.Sessions) != min(i.SessionCount, session.MaxListed) || len(i.Streams) != min(i.StreamCount, session.MaxListed) ||
		i.StreamCount > session.MaxCounted || sum != i.Count() || sum == 0 ||
		len(i.Effects) > len(session.Codes())+3 || i.Cause == "" || i.Since.IsZero() {
		a.t.Fatalf("incident %+v", i)
	}
}

// due tells of what is due.
func (a *incidentAudit) due() {
	for n := 0; ; n++ {
		i, due := a.incidents.Due(a.now)
		if !due {
			return
		}
		a.tell(a.now, i)
		if n > 2*session.MaxOpenIncidents {
			a.t.Fatal("there is always something to tell")
		}
	}
}

// next does one thing that the input asks for.
func (a *incidentAudit) next() {
	at := a.now
	b := a.byte()
	if b&128 != 0 { // other sessions' events may come a little late
		at = at.Add(-time.Duration(b) * time.Millisecond / 2)
	}
	switch b % 8 {
	case 0, 1, 2:
		a.joins(at, a.place(), a.diagnostic())
	case 3:
		a.joins(at, a.place(), session.Blocked{Dir: protocol.Direction(b / 8 % 2), Since: at, Ended: b&16 != 0})
	case 4:
		a.joins(at, a.place(), session.HeartbeatWaiting{Toward: protocol.Peer(b / 8 % 2), Since: at, Ended: b&16 != 0})
	case 5:
		a.incidents.Heard(at, a.place(), protocol.Peer(b/8%2))
	case 6:
		a.incidents.Ended(at, a.place())
	case 7:
		wait := time.Duration(a.byte()) * 10 * time.Millisecond
		if b > 240 {
			wait *= 300
		}
		a.now = a.now.Add(wait)
	}
}

// check holds the list of incidents to what was told and counted.
func (a *incidentAudit) check() {
	list := a.incidents.Held().List()
	if len(list) > session.MaxOpenIncidents+session.MaxPastIncidents || uint64(len(a.told)) != a.incidents.Count() {
		a.t.Fatalf("%d incidents in the list, %d told of, %d ever", len(list), len(a.told), a.incidents.Count())
	}
	if !slices.IsSortedFunc(list, func(x, y session.Incident) int { return x.Compare(&y) }) {
		a.t.Fatalf("the list is not sorted: %+v", list)
	}
	for n := range list {
		i := &list[n]
		a.fits(i)
		counted := a.effects[i.Number]
		for _, e := range i.Effects {
			if counted[e.Code] != e.Count {
				a.t.Fatalf("incident %d counts %d of %s; it is named by %d", i.Number, e.Count, e.Code, counted[e.Code])
			}
		}
		if len(counted) != len(i.Effects) {
			a.t.Fatalf("incident %d has effects %v, and is named by %v", i.Number, i.Effects, counted)
		}
		if i.State != session.IncidentClosed {
			continue
		}
		was := slices.IndexFunc(a.closed, func(c session.Incident) bool { return c.Number == i.Number })
		if was < 0 || a.closed[was].Text != i.Text || a.closed[was].Count() != i.Count() || !a.closed[was].Until.Equal(i.Until) {
			a.t.Fatalf("incident %d has changed since it was closed: %+v", i.Number, i)
		}
	}
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// auditIncidents plays an input.
func auditIncidents(t testing.TB, input []byte) *incidentAudit {
	a := &incidentAudit{
		t: t, input: input, now: start,
		told: make(map[uint64]toldIncident), effects: make(map[uint64]map[session.Code]uint64),
	}
	for len(a.input) > 0 {
		a.due()
		a.next()
	}
	a.check()
	a.now = a.now.Add(24 * time.Hour)
	a.due()
	a.check()
	if open := a.incidents.Held().Open(); len(open) != 0 || a.incidents.Listens() {
		t.Fatalf("a day later %d incidents are open, and they listen: %v", len(open), a.incidents.Listens())
	}
	return a
}

// FuzzIncidents holds, whatever effects come in whatever order, that each diagnostic names an
// incident that was told of before and is not closed, that each counts once, that what is told
// of an incident is in order and at most once a second, and that all of it is bounded.
func FuzzIncidents(f *testing.F) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 5))
		input := make([]byte, 400)
		for i := range input {
			input[i] = byte(r.Uint32())
		}
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		const enough = 2000
		auditIncidents(t, input[:min(len(input), enough)])
	})
}

// TestManyIncidents is FuzzIncidents with longer inputs, of which nobody has chosen any.
func TestManyIncidents(t *testing.T) {
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 6))
		input := make([]byte, 5000)
		for i := range input {
			input[i] = byte(r.Uint32())
		}
		if a := auditIncidents(t, input); len(a.told) < 2 {
			t.Errorf("seed %d: %d incidents", seed, len(a.told))
		}
	}
}

// TestListens: there is something to listen for as long as one peer is silent.
func TestListens(t *testing.T) {
	var in session.Incidents
	silent := func(server string) session.Place {
		from := session.Place{Session: uint32(len(server)), Server: server}
		in.Join(start, from, session.Diagnostic{
			Code: session.CodeServerSilent, Severity: session.Error,
			Wait: session.Wait{For: protocol.Server, Since: start, Silent: start},
		})
		return from
	}
	a, b := silent("a:443"), silent("bb:443")
	for n, want := range []bool{true, true, false} {
		if in.Listens() != want {
			t.Errorf("after %d were heard of: it listens: %v", n, !want)
		}
		in.Heard(start.Add(time.Second), []session.Place{a, b, b}[n], protocol.Server)
	}
}

// TestIncidentsAreBounded: ever new incidents, sessions and streams take no more memory, and
// the closed ones that are forgotten are the least severe.
func TestIncidentsAreBounded(t *testing.T) {
	a := auditIncidents(t, nil)
	a.now = start
	const many = 1000
	for n := range uint32(many / 2) { // each is closed before the next one opens
		severity := session.Note
		if n == 7 {
			severity = session.Error
		}
		a.joins(a.now, session.Place{Session: n, Server: "server:443"}, session.Diagnostic{Code: session.CodeSYNACKError, Severity: severity, Stream: n, Target: string(rune('一' + n))})
		a.now = a.now.Add(time.Hour)
		a.due()
	}
	silent := session.Wait{For: protocol.Server, Since: a.now, Silent: a.now}
	a.joins(a.now, session.Place{Session: many, Server: "server:443"}, session.Diagnostic{Code: session.CodeServerSilent, Severity: session.Error, Wait: silent})
	for n := range uint32(many) {
		a.now = a.now.Add(time.Millisecond)
		from := session.Place{Session: n, Server: "server:443"}
		a.joins(a.now, from, session.Diagnostic{Code: session.CodeWrongSide, Stream: 1 + n, Severity: session.Warning})
		if n < many/2 {
			a.incidents.Ended(a.now, from)
		}
	}
	a.check()
	list := a.incidents.Held().List()
	if len(list) != 2+session.MaxPastIncidents || list[0].Cause != session.CodeServerSilent || !list[0].Lasts() ||
		list[1].Severity != session.Error {
		t.Errorf("%d incidents, the worst of which are %+v and %+v", len(list), list[0], list[1])
	}
	one := list[2]
	if one.Cause != session.CodeWrongSide || one.SessionCount != many/2-1+session.MaxCounted || one.StreamCount != session.MaxCounted || one.Count() != many {
		t.Errorf("one incident of all: %+v", one)
	}
}

// TestEverNewTexts: a peer that refuses ever new targets, or says ever new texts, makes up a
// bounded number of incidents, the last of which has all that come after. It pushes out
// neither what is known nor what else comes.
func TestEverNewTexts(t *testing.T) {
	const many = 1000
	for _, code := range []session.Code{session.CodeSYNACKError, session.CodeAlert} {
		a := auditIncidents(t, nil)
		a.now = start
		from := session.Place{Session: 1, Server: "server:443"}
		for n := range uint32(many) {
			a.now = a.now.Add(time.Millisecond)
			name := string(rune('一' + n))
			d := session.Diagnostic{Code: code, Severity: session.Warning, Stream: 1 + n, Text: "refused"}
			if d.Target = name; code == session.CodeAlert {
				d.Target, d.Text = "", name
			}
			a.joins(a.now, from, d)
			a.due()
		}
		a.check()
		list := a.incidents.Held().List()
		if len(list) != session.MaxAlike || a.incidents.Count() != session.MaxAlike {
			t.Fatalf("%s: %d incidents of %d", code, len(list), a.incidents.Count())
		}
		rest := list[0]
		if rest.Count() != many-session.MaxAlike+1 || rest.Target != "" ||
			!strings.Contains(rest.Text, map[bool]string{true: "more targets: refused", false: "and other texts"}[code == session.CodeSYNACKError]) {
			t.Errorf("%s: the last incident has the rest: %+v", code, rest)
		}
	}
}

// TestEverMoreServers: where more servers have something wrong than incidents can be open, in
// turn, those for which there is no room share one: none is opened and closed with each effect.
func TestEverMoreServers(t *testing.T) {
	for _, code := range []session.Code{session.CodeWrongSide, session.CodeHeartbeatUnanswered} {
		a := auditIncidents(t, nil)
		a.now = start
		for n := range uint32(2000) {
			a.now = a.now.Add(time.Millisecond)
			from := session.Place{Session: 1 + n%100, Server: string(rune('一' + n%100))}
			a.joins(a.now, from, session.Diagnostic{Code: code, Severity: session.Warning, Text: "odd"})
			a.due()
		}
		a.check()
		list := a.incidents.Held().List()
		if n := a.incidents.Count(); n != session.MaxOpenIncidents || list[0].Server != "" || list[0].Count() < 100 {
			t.Errorf("%s: %d incidents, the worst of which is %+v", code, n, list[0])
		}
	}
}
