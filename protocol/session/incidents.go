package session

import "time"

// Incidents puts diagnostics and notices together that have one cause. Whoever has them, of
// all sessions and in order, asks [Incidents.Join] with each. Two incidents never become one:
// which an effect belongs to is decided once.
//
//  1. What waits for a peer from which nothing comes, over any of its sessions, has the
//     peer's silence as its cause, until it is heard of.
//  2. What waits for a peer that does not read has that as its cause.
//  3. The end of a session follows from what was wrong in it just before.
//  4. All else has the code and, where it is about targets, the target in common.
//
// It is not safe for concurrent use. Its memory is bounded. The zero value is empty.
type Incidents struct {
	open   []*incident // in the order of their first effects
	past   []Incident
	untold []Incident // closed to make room, and not told of yet
	silent int        // how many of open end when their peer is heard of
	opened uint64
	now    time.Time
	due    time.Time // when there may be something to tell; zero: nothing, until another effect comes
}

// A Place says where a notice comes from.
type Place struct {
	Session        uint32 // 0: from none
	Route          string // empty where there is one
	Client, Server string // the client's host, the server's host:port; empty where not known
}

// Join returns a diagnostic or a notice with the number of the incident that it is an effect
// of. Where it is the first one, opened is the incident, which is to be told of before.
func (in *Incidents) Join(at time.Time, from Place, n Notice) (joined Notice, opened *Incident) {
	if from.Session != 0 { // what is said of the tool has the time of the clock, also in a replay
		in.now = later(in.now, at)
	}
	switch n := n.(type) {
	case Diagnostic:
		e := effect{code: n.Code, severity: n.Severity, stream: n.Stream, dir: n.Dir, target: n.Target, text: n.Text, wait: n.Wait}
		i := in.find(at, from, &e)
		if i == nil {
			i = in.begin(at, from, &e)
			i.add(at, from, &e)
			told := i.tell(IncidentOpened, in.now)
			opened = &told
		} else {
			i.add(at, from, &e)
		}
		in.wake(i)
		n.Incident = i.Number
		return n, opened
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
	i := in.inSession(at, from)
	if i == nil {
		return 0
	}
	if counts {
		i.add(at, from, e)
		in.wake(i)
	}
	return i.Number
}

// find returns the incident that an effect belongs to, nil where it is a new one.
func (in *Incidents) find(at time.Time, from Place, e *effect) *incident {
	rank := e.code.rank()
	if rank > sessionEnds || rank == sessionEnds && e.wait.waits() {
		if i := in.ofPeer(at, from, e); i != nil {
			return i
		}
	}
	if rank == sessionEnds {
		if i := in.inSession(at, from); i != nil {
			return i
		}
	}
	for _, i := range in.open {
		if i.same(from, e) {
			return i
		}
	}
	return nil
}

// ofPeer returns the incident of the peer that an effect waits for.
func (in *Incidents) ofPeer(at time.Time, from Place, e *effect) *incident {
	for _, i := range in.open {
		if !i.silence && !i.standing || i.Peer != e.wait.For || !i.at(from) {
			continue
		}
		p := i.sessions[from.Session]
		switch {
		case !i.over.IsZero(): // it waited while that was not over
			if e.wait.waits() && e.wait.Since.Before(i.over) && (p != nil || e.code.rank() > sessionEnds) {
				return i
			}
		case i.silence && !e.wait.Silent.IsZero(), p != nil && (i.silence || p.stands):
			return i
		case i.standing && e.wait.Stands:
			return i
		}
	}
	return nil
}

// inSession returns the worst incident that may be why a session ends, or why something in it
// waits: that of a peer, or an error that it had just before.
func (in *Incidents) inSession(at time.Time, from Place) (worst *incident) {
	if from.Session == 0 {
		return nil
	}
	for _, i := range in.open {
		p := i.sessions[from.Session]
		if p == nil || i.Route != from.Route {
			continue
		}
		recent := i.Severity == Error && at.Sub(p.last) <= settleTime
		lasts := (i.silence || i.standing) && (i.over.IsZero() || at.Sub(i.over) <= settleTime)
		if (recent || lasts) && (worst == nil || i.Cause.rank() > worst.Cause.rank()) {
			worst = i
		}
	}
	return worst
}

// begin opens an incident with its first effect.
func (in *Incidents) begin(at time.Time, from Place, e *effect) *incident {
	in.makeRoom()
	in.opened++
	i := &incident{
		client: from.Client, dir: e.dir, text: e.text,
		sessions: make(map[uint32]*part), streams: make(map[StreamRef]struct{}),
	}
	i.Number, i.Cause, i.Since, i.Route, i.Server = in.opened, e.code, at, from.Route, from.Server
	i.Peer = e.dir.Sender()
	if e.wait.waits() {
		i.Peer = e.wait.For
		i.Since = e.wait.Since
		i.silence = !e.wait.Silent.IsZero() && e.code.rank() > sessionEnds
	}
	if i.silence && e.wait.Silent.Before(i.Since) {
		i.Since = e.wait.Silent
	}
	i.standing = e.wait.Stands && !i.silence
	if e.code.ofTarget() {
		i.Target = e.target
	}
	if i.silence {
		in.silent++
	}
	in.open = append(in.open, i)
	return i
}
