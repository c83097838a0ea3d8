package replay_test

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A sight is a view of a session without its times.
type sight struct {
	Client, Server, Route                        string
	Leg                                          capture.Leg
	TLS, ServerTLS                               *capture.TLS
	Closed                                       bool
	Reason                                       string
	State                                        session.State
	Errors, Warnings, Notes, Sessions, AllFrames uint64
	Streams                                      []session.Stream
	Frames                                       protocol.ByDirection[[]frameSight] // each has an order, both together need not
	Kept                                         protocol.ByDirection[[]keptSight]  // frames that the relay kept
	Heartbeats                                   protocol.ByPeer[heartbeatSight]
	Codes                                        map[session.Code]uint64
	// Of all sessions. What was under load is not in it: that is a matter of times.
	Passing   journal.Passing
	Outcomes  journal.Outcomes
	Overruled journal.Overruled
}

type frameSight struct {
	Header   protocol.Header
	Preamble bool
	Info     string
	session.Fate
}

// A keptSight is a frame that the relay kept, behind so many that its sender sent before. How
// it stands among those that the relay made meanwhile shows on no leg.
type keptSight struct {
	Frame  frameSight
	Behind int
}

type heartbeatSight struct{ Injected, Own counts }

type counts struct{ Sent, Answered, Lost, Late, Cut uint64 }

func toCounts(f session.Figures) counts {
	return counts{f.Sent, f.Answered, f.Lost, f.Late, f.Cut}
}

// timeless returns the view of the first session.
func timeless(j *journal.Journal) sight { return timelessOf(j, 1) }

func timelessOf(j *journal.Journal, id capture.SessionID) sight {
	v := lookAt(j, id)
	if v.Session == nil {
		return sight{Sessions: v.Totals.Sessions}
	}
	s := sight{
		Client: v.Session.Client, Server: v.Session.Server, Route: v.Session.Route, Leg: v.Session.Leg,
		TLS: v.Session.TLS, ServerTLS: v.Session.ServerTLS, State: v.Session.State, Codes: v.Session.Codes,
		Closed: v.Session.Closed, Reason: v.Session.Reason,
		Errors: v.Totals.Errors, Warnings: v.Totals.Warnings, Notes: v.Totals.Notes,
		Sessions: v.Totals.Sessions, AllFrames: v.Totals.Frames,
	}
	totals := j.Totals()
	s.Passing, s.Outcomes, s.Overruled = totals.Passing, totals.Outcomes, totals.Overruled
	s.Passing.Busy = journal.Busy{}
	for p, h := range v.Heartbeats {
		s.Heartbeats[p] = heartbeatSight{toCounts(h.Injected), toCounts(h.Own)}
	}
	s.State.LastAt = protocol.ByDirection[time.Time]{}
	for p, since := range s.State.Gone {
		if !since.IsZero() {
			s.State.Gone[p] = time.Unix(1, 0)
		}
	}
	s.State.Scheme = nil // the same by its md5
	for _, st := range v.Streams {
		s.Streams = append(s.Streams, session.Stream{
			ID: st.ID, State: st.State, Target: st.Target, UDP: st.UDP, Up: st.Up, Down: st.Down,
			HasACK: st.HasACK, Error: st.Error, By: st.By,
		})
	}
	var b journal.Batch
	var sent protocol.ByDirection[int]
	for j.Read(&b, 1000) {
		for i := range b.Entries {
			if e := &b.Entries[i]; e.IsFrame() && e.Session == id {
				f := frameSight{e.Header, e.Preamble, e.Frame().Info(), e.Fate}
				if e.Fate.Kept() {
					s.Kept[e.Dir] = append(s.Kept[e.Dir], keptSight{f, sent[e.Dir]})
					continue
				}
				s.Frames[e.Dir] = append(s.Frames[e.Dir], f)
				if !e.Fate.Made() {
					sent[e.Dir]++
				}
			}
		}
	}
	return s
}
