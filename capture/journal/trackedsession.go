package journal

import (
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
// [session.Handler]. The journal's lock guards it.
type trackedSession struct {
	journal *Journal
	id      capture.SessionID
	tracker *session.Tracker

	route              string // its name, where there are several
	client, server     string
	leg                capture.Leg
	tls                *capture.TLS
	announced          bool // its SessionOpen is in the ring
	openedAt, closedAt time.Time
	closed             bool
	reason             string // why it closed, printable
	last               uint64 // index of its newest frame
}

// announce puts the session's SessionOpen into the ring, once.
func (s *trackedSession) announce(at time.Time) {
	if !s.announced {
		s.announced = true
		s.push(at).Notice = SessionOpen{Client: s.client, Server: s.server, Leg: s.leg, TLS: s.tls}
	}
}

// Frame implements [session.Handler].
func (s *trackedSession) Frame(f *session.Frame) {
	j := s.journal
	s.announce(f.At)
	e := s.push(f.At)
	e.Dir, e.Header, e.Fate = f.Dir, f.Header, f.Fate
	e.Preamble, e.Target, e.Cut = f.Preamble, f.Target, f.Cut
	e.prev = s.last
	if before := j.ring.at(s.last); before != nil {
		before.next = e.Index
	}
	s.last = e.Index
	j.ring.store(e, f.Data)

	t := &j.totals
	t.Frames++
	switch {
	case f.Preamble || f.Cut:
	case f.Header.Command == protocol.SYN && f.Dir == protocol.ClientToServer:
		t.Streams++
	case f.Header.Command == protocol.HeartRequest:
		o := session.OriginPeer
		if f.Fate.Made() {
			o = session.OriginRelay
		}
		t.Heartbeats[f.Dir.Receiver()][o].Sent++
	}
}

// Notice implements [session.Handler].
func (s *trackedSession) Notice(n session.Notice) {
	j := s.journal
	j.notices++
	at := s.tracker.Now()
	s.announce(at)
	switch n := n.(type) {
	case session.HeartbeatResult:
		j.totals.heartbeat(n)
	case session.Diagnostic:
		j.totals.Diagnostics[n.Code]++
		if n.Nth > maxRepeats {
			return
		}
		j.diagnosed(j.ring.last + 1)
	}
	s.push(at).Notice = n
}
