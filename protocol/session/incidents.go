package session

import "time"

// Incidents puts diagnostics and notices together that have one cause. Whoever has them, of
// all sessions and in order, asks [Incidents.Join] with each. Two incidents never become one:
// which an effect belongs to is decided once.
//
//  1. What waits for a peer from which nothing comes, over any of its sessions, has the
//     peer's silence as its cause, until it is heard of.
//  2. What waits for a peer that does not read has that as its cause.
//  3. What waits in a session in which nothing comes from a peer, while the peer is heard of
//     in others, has that as its cause.
//  4. The end of a session follows from what was wrong in it.
//  5. All else has the code and, where it is about targets, the target in common. A peer that
//     raises ever new ones pushes nothing else out: beyond a number they are one incident.
//
// It is not safe for concurrent use. Its memory is bounded, to some 3 MB: by the incidents that
// are open at one time, by the closed ones that are remembered, and by how many sessions and
// streams each tells apart. The zero value is empty.
type Incidents struct {
	open    []*incident // in the order of their first effects
	past    []Incident
	listens int // how many of open may end when a peer is heard of
	opened  uint64
	now     time.Time
	due     time.Time // when there may be something to tell; zero: nothing, until another effect comes
}

// A Place says where a notice comes from.
type Place struct {
	Session        uint32 // 0: from none
	Route          string // empty where there is one
	Client, Server string // the client's host, the server's host:port; empty where not known
}

// Join returns a diagnostic or a notice with the number of the incident that it is an effect
// of. What is told is to be told of before: where it is the first effect, the incident that
// opens, and before that the one that is closed to make room, if any.
func (in *Incidents) Join(at time.Time, from Place, n Notice) (joined Notice, told []Incident) {
	if from.Session != 0 { // what is said of the tool has the time of the clock, also in a replay
		in.now = later(in.now, at)
	}
	switch n := n.(type) {
	case Diagnostic:
		e := effect{code: n.Code, severity: n.Severity, stream: n.Stream, dir: n.Dir, target: n.Target, text: n.Text, bare: n.bareText(), rule: n.Rule, wait: n.Wait}
		i := in.find(at, from, &e)
		first := i == nil
		if first {
			told = in.makeRoom()
			i = in.begin(at, from, &e)
		}
		i.add(at, from, &e)
		if first {
			told = append(told, i.tell(IncidentOpened, later(in.now, at)))
		}
		in.wakeAt(i.nextDue())
		n.Incident = i.Number
		return n, told
	case Blocked:
		e := effect{code: EffectBlocked, stream: n.Stream, dir: n.Dir, wait: Wait{For: n.Dir.Receiver(), Stands: !n.Ended}}
		n.Incident = in.follows(at, from, &e, !n.Ended)
		if n.Ended {
			in.moves(at, from, n.Dir.Receiver())
		}
		return n, nil
	case HeartbeatWaiting:
		e := effect{code: EffectWaiting, dir: n.Toward.Toward(), wait: Wait{For: n.Toward}}
		n.Incident = in.follows(at, from, &e, !n.Ended)
		return n, nil
	default:
		return n, nil
	}
}

// follows makes a notice an effect of what is wrong in its session, and returns the number of
// that incident, 0 where there is none. counts says that it is one more.
func (in *Incidents) follows(at time.Time, from Place, e *effect, counts bool) uint64 {
	i := in.inSession(at, from, e)
	if i == nil {
		return 0
	}
	if counts {
		i.add(at, from, e)
		in.wakeAt(i.nextDue())
	}
	return i.Number
}

// find returns the incident that an effect belongs to, nil where it is a new one.
func (in *Incidents) find(at time.Time, from Place, e *effect) *incident {
	if e.wait.waits() && e.rule == 0 {
		if i := in.ofPeer(at, from, e); i != nil {
			return i
		}
	}
	if i := in.inSession(at, from, e); i != nil {
		return i
	}
	var newest *incident // of those of other targets, or with other texts; where there is no room, of other servers
	others, full := 0, len(in.open) >= maxOpenIncidents
	for _, i := range in.open {
		switch {
		case i.same(from, e):
			return i
		case i.alike(from, e), full && i.has(e.code):
			newest, others = i, others+1
		}
	}
	if others >= maxAlike || others > 0 && full {
		newest.mix(from)
		return newest
	}
	return nil
}

// ofPeer returns the incident of the state of the peer that an effect waits for.
func (in *Incidents) ofPeer(at time.Time, from Place, e *effect) *incident {
	for _, i := range in.open {
		if i.Peer != e.wait.For || !i.at(from) {
			continue
		}
		p := i.sessions[from.Session]
		switch {
		case i.kind == ofCode: // it waited while nothing came
			if e.wait.Since.Before(i.heardAt) && !e.wait.Since.Before(i.quiet) && e.isSign() {
				return i
			}
		case !i.over.IsZero(): // it waited while that was not over
			if e.wait.Since.Before(i.over) && (p != nil || i.kind == ofSilence && !e.ends()) {
				return i
			}
		case p != nil && (i.kind == ofSilence || p.stands || p.mute || e.wait.Since.Before(p.freeAt) && at.Sub(p.freeAt) <= settleTime):
			return i
		case i.kind == ofSilence && !e.wait.Silent.IsZero(), i.kind == ofStandingBytes && e.wait.Stands, i.kind == ofMuteSessions && e.mute():
			return i
		}
	}
	return nil
}

// inSession returns the worst incident that explains an effect in a session that it is in.
func (in *Incidents) inSession(at time.Time, from Place, e *effect) (worst *incident) {
	if from.Session == 0 || !e.code.mayFollow() {
		return nil
	}
	for _, i := range in.open {
		p := i.sessions[from.Session]
		if p == nil || i.Route != from.Route || !i.explains(p, at, e) {
			continue
		}
		if worst == nil || i.Cause.rank() > worst.Cause.rank() {
			worst = i
		}
	}
	return worst
}

// begin opens an incident for its first effect.
func (in *Incidents) begin(at time.Time, from Place, e *effect) *incident {
	in.opened++
	i := &incident{
		client: from.Client, dir: e.dir, text: e.text, bare: e.bare, kind: e.kind(), opened: at,
		sessions: make(map[uint32]*part), streams: make(map[StreamRef]struct{}),
	}
	i.Number, i.Cause, i.Since, i.Route, i.Server = in.opened, e.code, at, from.Route, from.Server
	i.Peer, i.Rule = e.dir.Sender(), e.rule
	if e.wait.waits() {
		i.Peer = e.wait.For
	}
	if e.wait.waits() && e.isSign() {
		i.Since = e.wait.Since
		i.quiet = e.wait.Silent
		if i.quiet.IsZero() {
			i.quiet = e.wait.Mute
		}
	}
	if e.code.ofTarget() {
		i.Target = e.target
	}
	if i.hears() {
		in.listens++
	}
	in.open = append(in.open, i)
	return i
}
