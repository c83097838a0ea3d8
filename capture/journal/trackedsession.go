package journal

import (
	"cmp"
	"net/netip"
	"strings"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// maxRepeats is how many diagnostics of one code become entries, of each session. A
// peer that is wrong in every frame must not push everything else out. All are
// counted.
const maxRepeats = 16

// A trackedSession is what the journal holds of one session. It is its tracker's
// [session.Handler].
type trackedSession struct {
	journal *Journal
	id      capture.SessionID
	route   string // its name, where there are several
	// routeNumber is what the ring calls the route.
	routeNumber uint16

	mu sync.Mutex // guards what follows

	// Each record asks for these. They stand together, since what lies apart is slow to reach
	// where many sessions take turns.
	tracker   *session.Tracker
	announced bool // its SessionOpen is in the ring, or in the draft
	closed    bool
	cuts      bool // a peer is gone, or the session closed: the tracker gave heartbeats up
	// newest is one more than the sequence number of its newest item with frames; 0 where
	// there is none. It is written with mu and the journal's ringMu held.
	newest    uint64
	lastFrame uint64 // index of its newest frame; 0 where there is none
	passed    passed // what the totals have of it; written with mu and ringMu held
	draft     draft  // of the event that is being recorded; else empty

	client, server     string
	place              session.Place
	leg                capture.Leg
	tls, serverTLS     *capture.TLS // serverTLS: of the relay's other leg; nil where there is none
	openedAt, closedAt time.Time
	reason             string               // why it closed, and was not decoded, printable
	undecoded          string               // why it was not decoded
	owed               []session.Obligation // what the peers owed when it closed; until then, when the first left
	evidence           Evidence
	sent               sentFrames
	standing           standing
	still              Still                             // what of it the totals have; written with mu and ringMu held
	worst              map[session.Code]session.Severity // of its diagnostics; nil while there are none

	// cut is how many heartbeats that were given up the totals have; written with mu and ringMu held.
	cut protocol.ByPeer[session.ByOrigin[uint64]]
}

// newTrackedSession returns the session that an event is the first of.
func newTrackedSession(j *Journal, e *capture.Event) *trackedSession {
	s := &trackedSession{journal: j, id: e.Session, route: e.Route, openedAt: e.At, place: placeOf(e)}
	cfg := j.cfg
	s.routeNumber, cfg.Credentials = j.opened(e)
	s.tracker = session.NewTracker(cfg, s)
	return s
}

// take takes an event of the session.
func (s *trackedSession) take(e *capture.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	d := &s.draft
	var moved []uint32
	switch e.Kind {
	case capture.Opened:
		s.client, s.server, s.leg = e.Client, e.Server, e.Leg
		s.place = placeOf(e)
		s.tracker.Opened(e.At, uint32(e.Session), e.Client, e.Server)
	case capture.Established:
		s.tls, s.serverTLS = e.TLS, e.ServerTLS
		s.announce(e.At)
	case capture.Data:
		d.wire[e.Dir] = uint64(len(e.Data))
		d.heard[e.Dir.Sender()] = !e.Fate.Made()
		if e.RecordsUnknown {
			s.tracker.Data(e.At, e.Dir, e.Data, e.Fate)
		} else {
			s.tracker.Pieces(e.At, e.Dir, e.Data, e.Pieces, e.Fate, e.Continues)
		}
		moved = s.tracker.Moved()
	case capture.Gap:
		s.lacks(e)
		s.tracker.Gap(e.At, e.Dir, e.Missing)
		s.announce(e.At)
		d.lackNotice(e.At, Gap{Dir: e.Dir, Bytes: e.Missing})
	case capture.Unseen:
		isNew := s.lacks(e)
		s.tracker.Unseen(e.At, e.Dir, e.Why)
		s.announce(e.At)
		if isNew {
			d.lackNotice(e.At, Unseen{Dir: e.Dir, Why: cmp.Or(e.Why, noWhy)})
		}
	case capture.Order:
		s.lacks(e)
		s.tracker.Order(e.At, e.Within, e.Uncertain)
		s.announce(e.At)
		d.lackNotice(e.At, Order{Within: e.Within, Uncertain: e.Uncertain, Why: e.Why})
	case capture.Gone:
		s.leaves(e)
		s.tracker.Gone(e.At, e.Dir.Sender())
		d.heard[e.Dir.Sender()] = true
		s.cuts = true
	case capture.Blocked:
		s.tracker.Blocked(e.At, e.Dir, e.Since, e.Bytes, e.Silent)
	case capture.Unblocked:
		s.tracker.Unblocked(e.At, e.Dir)
	case capture.HeartbeatsWait:
		s.tracker.HeartbeatsWait(e.At, e.Dir.Receiver(), e.Since, e.Why)
	case capture.HeartbeatsGo:
		s.tracker.HeartbeatsGo(e.At, e.Dir.Receiver())
	case capture.Applied:
		if e.Application != nil {
			d.heard[e.Dir.Sender()] = !e.Application.Ended && !e.Application.Again && !e.Application.Undone
			s.tracker.Applied(e.At, applicationOf(e))
		}
	case capture.Closed:
		s.close(e)
	}
	s.journal.commit(s, e.At, moved)
	if s.closed {
		s.draft = draft{}
	}
}

// close ends the session. s.mu is held, as for the functions below.
func (s *trackedSession) close(e *capture.Event) {
	s.owed = s.owedAtEnd(e.By)
	if e.TLSFailed {
		s.tracker.TLSFailed(e.At, peerOf(e.By), e.Reason)
	}
	if e.Blind {
		s.lacks(e)
		for _, dir := range directions {
			s.tracker.Unseen(e.At, dir, cmp.Or(e.Why, noWhy))
		}
	}
	s.tracker.CloseFor(e.At, e.By, e.Reason)
	if s.tracker.Spoke() {
		s.draft.heard[peerOf(e.By)] = true
	}
	s.announce(e.At)
	s.closed, s.closedAt, s.reason, s.undecoded = true, e.At, e.Reason, e.Why
	if e.Why != "" && e.Reason != "" {
		s.reason = e.Why + "; " + e.Reason
	} else if e.Why != "" {
		s.reason = e.Why
	}
	st := s.tracker.State()
	s.cuts = true
	s.draft.stops, s.draft.stands = s.standing.close(s.draft.stops, e.At), true
	s.draft.notice(e.At, SessionClose{
		By: e.By, Reason: s.reason, Streams: st.Streams,
		Up: st.Payload[protocol.ClientToServer], Down: st.Payload[protocol.ServerToClient],
		Frames: st.Frames[0] + st.Frames[1], Untracked: st.Untracked, Owed: s.owed, Evidence: s.evidence,
		Looks: protocol.ByPeer[session.Guess]{
			protocol.Client: st.LooksLike(protocol.Client), protocol.Server: st.LooksLike(protocol.Server),
		},
	})
}

// lacks takes note of what the event says is not seen, and tells whether that is new. s.mu is
// held.
func (s *trackedSession) lacks(e *capture.Event) (isNew bool) {
	l := s.evidence.take(e, s.tracker.State().Wire[e.Dir] > 0)
	if l.kind == 0 {
		return false
	}
	s.draft.lack = &l
	return true
}

// whence returns where the session comes from.
func (s *trackedSession) whence() session.Place {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.place
}

// peerOf returns the peer that ended a session. What the relay ended is told of the client.
func peerOf(by session.Closer) protocol.Peer {
	if by == session.ClosedByServer {
		return protocol.Server
	}
	return protocol.Client
}

// tick tells the session what time it is.
func (s *trackedSession) tick(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.draft.rest()
	s.tracker.Tick(now)
	if len(s.draft.items) > 0 || s.lags() {
		s.journal.commit(s, now, nil)
	}
}

// lags tells whether the totals lag behind the session: time alone may bring it to another outcome,
// and cut heartbeats, without a notice. s.mu is held.
func (s *trackedSession) lags() bool {
	if s.tracker.State().Outcome != s.passed.outcome {
		return true
	}
	if !s.cuts {
		return false
	}
	for p := range s.cut {
		for o, n := range s.cut[p] {
			if s.tracker.Heartbeats(protocol.Peer(p), session.Origin(o)).Cut != n {
				return true
			}
		}
	}
	return false
}

// announce puts the session's SessionOpen into the draft, once.
func (s *trackedSession) announce(at time.Time) {
	if !s.announced { // no more here, so that each frame costs no call
		s.opens(at)
	}
}

// opens is announce, the first time.
func (s *trackedSession) opens(at time.Time) {
	s.announced = true
	s.draft.notice(at, SessionOpen{Client: s.client, Server: s.server, Leg: s.leg, TLS: s.tls, ServerTLS: s.serverTLS})
}

// Frame implements [session.Handler].
func (s *trackedSession) Frame(f *session.Frame) {
	s.announce(f.At)
	s.draft.frame(f)
	if s.journal.limits.Facts {
		s.draft.facts = append(s.draft.facts, s.sent.facts(f, s.tracker, s.openedAt))
	}
}

// Notice implements [session.Handler].
func (s *trackedSession) Notice(n session.Notice) {
	at := s.tracker.Now()
	s.announce(at)
	d, ok := n.(session.Diagnostic)
	if ok && d.Code == session.CodeNotAnyTLS && d.Dir == protocol.ServerToClient {
		d.Text += s.missingSNI()
		n = d
	}
	it := s.draft.notice(at, n)
	if len(s.draft.headers) > 0 && d.Code != session.CodeDesynchronised { // that is of bytes behind it
		it.flags = isEffect
	}
	switch n := n.(type) {
	case session.Blocked, session.HeartbeatWaiting:
		s.stands(n, at)
	case session.HeartbeatResult:
		s.draft.settled(&n)
	case session.Application:
		if n.Waits || n.Stalls() {
			it.flags |= amongFrames
		}
	}
	if !ok {
		return
	}
	if d.Nth > maxRepeats {
		it.flags |= unlisted
	}
	if s.worst == nil {
		s.worst = make(map[session.Code]session.Severity)
	}
	s.worst[d.Code] = max(s.worst[d.Code], d.Severity)
}

// stands takes note of what stands still, or does no more. s.mu is held.
func (s *trackedSession) stands(n session.Notice, at time.Time) {
	if over, ended := s.standing.notice(n, at); ended {
		s.draft.stops = append(s.draft.stops, over)
	}
	s.draft.stands = true
}

// missingSNI says what else may be the reason where a server that is known by a name
// answers as another service: it was not shown that name. Else it is empty.
func (s *trackedSession) missingSNI() string {
	shown := s.serverTLS
	if shown == nil {
		shown = s.tls
	}
	host := s.server[:max(strings.LastIndexByte(s.server, ':'), 0)]
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if shown == nil || shown.SNI != "" || host == "" || err == nil {
		return ""
	}
	return "; it was shown no SNI, by which it may choose what answers: give --sni " + protocol.Printable(host)
}

// withoutStreams returns a copy of a session that is closed, which remembers no streams.
func (s *trackedSession) withoutStreams() *trackedSession {
	return &trackedSession{
		journal: s.journal, id: s.id, route: s.route, routeNumber: s.routeNumber,
		tracker: s.tracker.WithoutStreams(),
		client:  s.client, server: s.server, place: s.place, leg: s.leg, tls: s.tls, serverTLS: s.serverTLS, announced: s.announced,
		openedAt: s.openedAt, closedAt: s.closedAt, closed: s.closed, reason: s.reason, undecoded: s.undecoded, owed: s.owed, evidence: s.evidence, worst: s.worst,
		cuts: s.cuts, cut: s.cut, passed: s.passed,
		newest: s.newest, lastFrame: s.lastFrame,
	}
}

// forgetStreams forgets the closed streams of a session that is live.
func (s *trackedSession) forgetStreams() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.tracker.ForgetStreams()
	}
}
