package journal

import (
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Journal is the bounded store. It is safe for concurrent use: the package comment
// says what its lock guards.
type Journal struct {
	limits  Limits
	cfg     session.Config
	version atomic.Uint64

	mu       sync.Mutex
	ring     ring
	sessions map[capture.SessionID]*trackedSession
	order    []*trackedSession // live ones, and closed ones that are remembered, by id
	closed   int               // how many of order are closed
	// forgotten is the highest id of a closed session that was taken out of order.
	forgotten   capture.SessionID
	totals      Totals
	listen      string
	ticked      time.Time // the time that every session was last told
	notices     uint64    // notices of sessions so far, with those that got no entry
	started     time.Time // when the first event was recorded
	diagnostics []uint64  // indices of the newest diagnostics' entries, oldest first
	routes      routes
}

// New returns an empty journal. It sets Snap and KeepStreams of cfg from the limits,
// and makes Schemes and Fleet where cfg has none.
func New(limits Limits, cfg session.Config) *Journal {
	limits = limits.withDefaults()
	cfg.Snap, cfg.KeepStreams = limits.Snap, limits.Streams
	if cfg.Schemes == nil {
		cfg.Schemes = session.NewSchemes()
	}
	if cfg.Fleet == nil {
		cfg.Fleet = session.NewFleet()
	}
	return &Journal{
		limits:   limits,
		cfg:      cfg,
		ring:     newRing(limits.Entries, limits.Bytes),
		sessions: make(map[capture.SessionID]*trackedSession),
		totals:   Totals{Diagnostics: make(map[session.Code]uint64)},
	}
}

// Version returns a number that rises whenever there may be something new to see. It
// takes no lock.
func (j *Journal) Version() uint64 { return j.version.Load() }

// Record implements [capture.Sink].
func (j *Journal) Record(e *capture.Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer j.version.Add(1)
	if j.started.IsZero() {
		j.started = e.At
	}
	if e.Kind == capture.Listening {
		j.listening(e)
		return
	}
	j.pass(e.At)
	s := j.sessions[e.Session]
	if s == nil {
		if j.over(e) {
			return
		}
		s = j.open(e)
	}
	switch e.Kind {
	case capture.Opened:
		s.client, s.server, s.leg = e.Client, e.Server, e.Leg
		s.tracker.Opened(e.At, uint32(e.Session), e.Client, e.Server)
	case capture.Established:
		s.tls = e.TLS
		s.announce(e.At)
	case capture.Data:
		j.totals.Wire[e.Dir] += uint64(len(e.Data))
		if e.RecordsUnknown {
			s.tracker.Data(e.At, e.Dir, e.Data, e.Fate)
		} else {
			s.tracker.Pieces(e.At, e.Dir, e.Data, e.Pieces, e.Fate, e.Continues)
		}
	case capture.Gap:
		s.tracker.Gap(e.At, e.Dir, e.Missing)
		s.announce(e.At)
		s.push(e.At).Notice = Gap{Dir: e.Dir, Bytes: e.Missing}
	case capture.Closed:
		j.close(s, e)
	}
}

// over tells whether an event comes after its session was closed.
func (j *Journal) over(e *capture.Event) bool {
	if e.Session <= j.forgotten && e.Kind != capture.Opened {
		return true
	}
	_, remembered := j.sessionRow(uint64(e.Session))
	return remembered
}

// open makes the session that an event is the first of.
func (j *Journal) open(e *capture.Event) *trackedSession {
	s := &trackedSession{journal: j, id: e.Session, openedAt: e.At}
	j.routes.begin(s, e.Route)
	cfg := j.cfg
	if credential, said := j.routes.credentials[e.Route]; said {
		cfg.Credential = credential
	}
	s.tracker = session.NewTracker(cfg, s)
	j.sessions[e.Session] = s
	j.order = append(j.order, s)
	// Sources record sessions from several goroutines, so the newest id may not come
	// last.
	for i := len(j.order) - 1; i > 0 && j.order[i].id < j.order[i-1].id; i-- {
		j.order[i], j.order[i-1] = j.order[i-1], j.order[i]
	}
	j.totals.Sessions++
	return s
}

// close ends a session.
func (j *Journal) close(s *trackedSession, e *capture.Event) {
	s.tracker.CloseFor(e.At, e.By, e.Reason)
	s.announce(e.At)
	s.closed, s.closedAt, s.reason = true, e.At, e.Reason
	j.totals.cut(s.tracker)
	st := s.tracker.State()
	s.push(e.At).Notice = SessionClose{
		By: e.By, Reason: e.Reason, Streams: st.Streams,
		Up: st.Payload[protocol.ClientToServer], Down: st.Payload[protocol.ServerToClient],
		Frames: st.Frames[0] + st.Frames[1],
	}
	delete(j.sessions, s.id)
	j.closed++
	j.forget()
}

// forget drops the oldest closed sessions once clearly too many are remembered.
// Dropping several at once shares the cost of moving the list.
func (j *Journal) forget() {
	excess := j.closed - j.limits.Sessions
	if excess <= j.limits.Sessions/4 {
		return
	}
	kept := j.order[:0]
	for _, s := range j.order {
		if s.closed && excess > 0 {
			excess--
			j.closed--
			j.totals.SessionsEvicted++
			j.forgotten = max(j.forgotten, s.id)
			continue
		}
		kept = append(kept, s)
	}
	clear(j.order[len(kept):])
	j.order = kept
}

// push makes an entry of a session, to be filled in.
func (j *Journal) push(at time.Time, id capture.SessionID) *Entry {
	e := j.ring.push()
	e.At, e.Session = at, id
	return e
}
