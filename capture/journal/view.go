package journal

import (
	"cmp"
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Query says what is on the screen.
type Query struct {
	Sessions Window
	// Session is the chosen one; 0 for none. Then the view has no streams, and the
	// heartbeats of all sessions together.
	Session     capture.SessionID
	Streams     Window
	Frames      FrameQuery
	Detail      uint64 // index of the frame that is shown in full; 0 for none
	Diagnostics Window
}

// A View is a copy of what a [Query] asked for.
type View struct {
	Version uint64
	Listen  string    // where the relay listens, on all routes; empty where nothing does
	Started time.Time // when the first event was recorded
	Totals  Summary

	Sessions     []SessionRow
	SessionsFrom int // row number of the first of Sessions
	SessionsAll  int // rows of the whole list
	SessionsLive int // those of them that are not closed

	Session *SessionDetail // the chosen one; nil where it is not held

	Streams     []session.Stream
	StreamsFrom int
	StreamsAll  int
	// StreamsForgotten is how many closed streams are no longer held.
	StreamsForgotten uint64

	Heartbeats protocol.ByPeer[HeartbeatView] // by the peer that they go toward

	Frames Frames
	Detail *Entry // with its data, payload too; nil where it is not held

	Diagnostics     []Entry // newest last
	DiagnosticsFrom int
	DiagnosticsAll  int
}

// A Summary is the part of [Totals] that a screen shows.
type Summary struct {
	Sessions, Streams, Frames, Evicted, SessionsEvicted uint64
	Errors, Warnings, Notes                             uint64 // diagnostics by severity

	Wire protocol.ByDirection[uint64] // TLS plaintext in bytes
}

// A SessionRow is a session in a list.
type SessionRow struct {
	ID                 capture.SessionID
	Route              string // the name of the route that it came by, where there are several
	Client, Server     string
	Leg                capture.Leg  // the relay's leg that a replayed session was recorded on
	TLS                *capture.TLS // nil before the handshakes are done; not to be changed
	OpenedAt, ClosedAt time.Time
	Closed             bool
	Reason             string // why it closed, printable
	State              session.State
	StreamsOpen        int
	// The heartbeats toward each peer: how many wait for an answer, the newest
	// round-trip, and how many are lost.
	Waiting protocol.ByPeer[uint64]
	Last    protocol.ByPeer[time.Duration]
	Lost    protocol.ByPeer[uint64]
}

// A SessionDetail is the chosen session.
type SessionDetail struct {
	SessionRow
	Framing protocol.ByDirection[session.FramingState]
	// Inside is the header of the frame that a direction is inside of, and Left how many
	// bytes of its data are still to come; both are zero between frames.
	Inside protocol.ByDirection[protocol.Header]
	Left   protocol.ByDirection[int]
	Codes  map[session.Code]uint64 // diagnostics
}

// A HeartbeatView shows the heartbeats toward one peer.
type HeartbeatView struct {
	Injected, Own session.Figures
	Series        []time.Duration // round-trips, oldest first; [session.LostSample] for lost ones
}

// View answers a query.
func (j *Journal) View(q Query) *View {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := &View{
		Version: j.version.Load(), Listen: j.listen, Started: j.started,
		SessionsAll: len(j.order), SessionsLive: len(j.sessions),
	}
	v.Totals = j.summary()
	from, to := q.Sessions.around(j.sessionRow(q.Sessions.Anchor)).clip(len(j.order))
	v.SessionsFrom = from
	for _, s := range j.order[from:to] {
		v.Sessions = append(v.Sessions, s.row())
	}
	if s := j.find(q.Session); s != nil {
		j.viewSession(v, q, s)
	} else {
		for p := range v.Heartbeats {
			h := &j.totals.Heartbeats[p]
			v.Heartbeats[p] = HeartbeatView{
				Injected: h[session.OriginRelay].Figures(), Own: h[session.OriginPeer].Figures(),
				Series: j.totals.series[p].Append(nil),
			}
		}
	}
	v.Frames = j.frames(q.Frames)
	if e := j.ring.at(q.Detail); e != nil && e.IsFrame() {
		detail := *e
		detail.Data = j.ring.load(nil, e)
		v.Detail = &detail
	}
	diagnostics := j.heldDiagnostics()
	v.DiagnosticsAll = len(diagnostics)
	from, to = q.Diagnostics.around(slices.BinarySearch(diagnostics, q.Diagnostics.Anchor)).clip(len(diagnostics))
	v.DiagnosticsFrom = from
	for _, index := range diagnostics[from:to] {
		v.Diagnostics = append(v.Diagnostics, *j.ring.at(index))
	}
	return v
}

// summary returns the part of the totals that a screen shows. j.mu is held, as for
// all functions below.
func (j *Journal) summary() Summary {
	s := Summary{
		Sessions: j.totals.Sessions, Streams: j.totals.Streams, Frames: j.totals.Frames,
		Evicted: j.ring.evicted(), SessionsEvicted: j.totals.SessionsEvicted, Wire: j.totals.Wire,
	}
	for code, n := range j.totals.Diagnostics {
		switch Spec(code).Severity {
		case session.Error:
			s.Errors += n
		case session.Warning:
			s.Warnings += n
		default:
			s.Notes += n
		}
	}
	return s
}

// find returns the session with this id, nil where it is not held.
func (j *Journal) find(id capture.SessionID) *trackedSession {
	if row, found := j.sessionRow(uint64(id)); found {
		return j.order[row]
	}
	return nil
}

// sessionRow returns the row of a session in the list of sessions.
func (j *Journal) sessionRow(id uint64) (row int, found bool) {
	return slices.BinarySearchFunc(j.order, id, func(s *trackedSession, id uint64) int {
		return cmp.Compare(uint64(s.id), id)
	})
}

// streamRow returns the row of a stream in the list of a session's n streams. The
// list need not be in the order of the ids. The search begins with the newest, which
// is most likely to be asked for.
func streamRow(t *session.Tracker, n int, id uint64) (row int, found bool) {
	for row = n - 1; id != 0 && row >= 0; row-- {
		if uint64(t.Stream(row).ID) == id {
			return row, true
		}
	}
	return 0, false
}

// viewSession fills in what is about the chosen session.
func (j *Journal) viewSession(v *View, q Query, s *trackedSession) {
	d := &SessionDetail{SessionRow: s.row(), Codes: make(map[session.Code]uint64)}
	for dir := range d.Framing {
		f := s.tracker.Framing(protocol.Direction(dir))
		d.Framing[dir] = f.State()
		d.Inside[dir], d.Left[dir], _ = f.Pending()
	}
	for code, n := range s.tracker.Diagnostics() {
		d.Codes[code] = n
	}
	v.Session = d

	n, _, gone := s.tracker.StreamCount()
	from, to := q.Streams.around(streamRow(s.tracker, n, q.Streams.Anchor)).clip(n)
	v.StreamsFrom, v.StreamsAll, v.StreamsForgotten = from, n, gone
	for i := from; i < to; i++ {
		v.Streams = append(v.Streams, *s.tracker.Stream(i))
	}
	for p := range v.Heartbeats {
		peer := protocol.Peer(p)
		v.Heartbeats[p] = HeartbeatView{
			Injected: s.tracker.Heartbeats(peer, session.OriginRelay).Figures(),
			Own:      s.tracker.Heartbeats(peer, session.OriginPeer).Figures(),
			Series:   s.tracker.AppendSeries(nil, peer),
		}
	}
}

// row returns the session as a list shows it.
func (s *trackedSession) row() SessionRow {
	_, open, _ := s.tracker.StreamCount()
	row := SessionRow{
		ID: s.id, Route: s.route, Client: s.client, Server: s.server, Leg: s.leg, TLS: s.tls,
		OpenedAt: s.openedAt, ClosedAt: s.closedAt, Closed: s.closed, Reason: s.reason,
		State: *s.tracker.State(), StreamsOpen: open,
	}
	for p := range row.Last {
		for _, o := range [...]session.Origin{session.OriginRelay, session.OriginPeer} {
			h := s.tracker.Heartbeats(protocol.Peer(p), o)
			row.Waiting[p] += h.Waiting()
			row.Lost[p] += h.Lost
			if h.Last != 0 {
				row.Last[p] = h.Last
			}
		}
	}
	return row
}
