package journal

import (
	"crypto/rand"
	"sync/atomic"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Journal is the bounded store. It is safe for concurrent use: the package comment
// says what its locks guard.
type Journal struct {
	limits   Limits
	cfg      session.Config
	sessions sessions
	ticked   atomic.Pointer[ticked] // when every session was last told the time

	ringMu      turnstile // guards what follows
	news        news
	ring        ring
	totals      Totals
	movers      movers
	diagnostics []uint64 // indices of the newest diagnostics' entries, oldest first
	incidents   session.Incidents
	listen      string
	probeAt     time.Time                       // when a probe got an entry last
	started     time.Time                       // when the first event was recorded
	credentials map[string][]session.Credential // by the route's name
}

// New returns an empty journal. It sets Snap, KeepStreams and Budget of cfg from the
// limits, and makes Schemes and Fleet where cfg has none. Where it has no key of
// fingerprints, the journal has one of its own: its fingerprints can then be compared with
// one another only.
func New(limits Limits, cfg session.Config) *Journal {
	limits = limits.withDefaults()
	cfg.Snap, cfg.KeepStreams = limits.snap(), limits.Streams
	cfg.Budget = session.NewStreamBudget(limits.allStreams())
	if cfg.Schemes == nil {
		cfg.Schemes = session.NewSchemes()
	}
	if cfg.Fleet == nil {
		cfg.Fleet = session.NewFleet()
	}
	if cfg.Fingerprints == (protocol.FingerprintKey{}) {
		_, _ = rand.Read(cfg.Fingerprints[:]) // never fails
	}
	return &Journal{
		limits:   limits,
		cfg:      cfg,
		sessions: sessions{keep: limits.Sessions, live: make(map[capture.SessionID]*trackedSession)},
		ring:     newRing(limits),
		totals: Totals{
			Diagnostics: make(map[session.Code]uint64), Worst: make(map[session.Code]session.Severity),
			Severities: make(map[session.Code]BySeverity), Overruled: make(Overruled),
			rules: make(map[uint16]RuleTotal),
		},
	}
}

// Record implements [capture.Sink].
func (j *Journal) Record(e *capture.Event) {
	if e.Kind == capture.Listening {
		j.listening(e)
		return
	}
	if e.Kind == capture.Probed {
		j.probed(e)
		return
	}
	j.pass(e.At)
	s := j.tracked(e)
	if s == nil {
		return
	}
	s.take(e)
	if e.Kind == capture.Closed {
		j.sessions.close(s)
		j.tell() // it counts as live no more
	}
	if j.cfg.Budget.Scarce() {
		j.forgetStreams()
	}
}

const (
	// maxProbes is how many probes get entries each. What checks whether a port answers does
	// so for ever, and must not push everything else out.
	maxProbes = 64
	// probePause is how long after the entry of a probe the next one comes, once there were
	// so many.
	probePause = time.Minute
)

// probed counts a connection that was no session, and makes its entry.
func (j *Journal) probed(e *capture.Event) {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	j.begin(e.At)
	j.totals.Probes++
	defer j.news.tell()
	if j.totals.Probes > maxProbes && e.At.Sub(j.probeAt) < probePause {
		return
	}
	j.probeAt = e.At
	j.ring.push(&item{at: e.At, route: j.route(e.Route), notice: Probe{Client: e.Client}, end: j.ring.written})
}

// enter enters a notice that no session raised. It is about the session with that id, or,
// where that is 0, about none.
func (j *Journal) enter(at time.Time, id capture.SessionID, n session.Notice) {
	var (
		route uint16
		from  session.Place
	)
	if s := j.sessions.find(id); s != nil {
		route, from = s.routeNumber, s.whence()
	}
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	it := item{at: at, session: id, route: route, notice: n, end: j.ring.written}
	j.join(&it, from)
	j.count(&it)
	j.ring.push(&it)
	j.news.tell()
}

// commit takes the session's draft of an event into the ring and the totals, and empties it. moved
// are the streams whose payload came with the event. s.mu is held.
func (j *Journal) commit(s *trackedSession, at time.Time, moved []uint32) {
	d := &s.draft
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := &j.ring
	heard := false
	for i := range d.items {
		it := &d.items[i]
		it.session, it.route = s.id, s.routeNumber
		it.end += r.written
		if it.notice != nil {
			j.tellIncidents(it.at, it.end)
			if !heard && !it.at.Before(at) { // what was due before does not know it yet
				heard = true
				j.hear(s, at)
			}
			j.join(it, s.place)
			j.count(it)
			if it.flags&unlisted != 0 {
				continue
			}
			if it.flags&amongFrames != 0 {
				j.chain(s, it)
			}
		} else {
			it.frame += r.frames
			j.chain(s, it)
		}
		r.push(it)
	}
	r.keepFacts(d.facts)
	r.keep(d.headers, d.data)
	j.totals.add(s)
	for _, stream := range moved {
		j.movers.move(s.id, stream, at)
	}
	if !heard {
		j.hear(s, at)
	}
	if s.closed {
		j.incidents.Ended(at, s.place)
	}
	j.news.tell()
	d.reset()
}

// chain makes an item that is about to be pushed follow those of its session that list its
// frames. s.mu and j.ringMu are held.
func (j *Journal) chain(s *trackedSession, it *item) {
	s.newest, s.lastFrame = j.ring.chain(s.newest, it), j.ring.last+it.entries()
}

// count counts a notice that is about to get an entry, or is unlisted. j.ringMu is
// held.
func (j *Journal) count(it *item) {
	switch n := it.notice.(type) {
	case session.HeartbeatResult:
		j.totals.heartbeat(n)
		j.underLoad(it.at, n)
	case session.Application:
		j.totals.applied(&n)
	case session.Diagnostic:
		j.totals.diagnostic(n)
		if n.Nth == 0 { // the tool's own: no session counted it
			n.Nth = j.totals.Diagnostics[n.Code]
			it.notice = n
		}
		if it.flags&unlisted == 0 {
			j.diagnosed(j.ring.last + 1)
		}
	}
}
