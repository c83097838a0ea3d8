package session_test

import (
	"fmt"
	"slices"
	"strings"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// An onlooker is what trackers made of a script: its frames, and what it was diagnosed for.
type onlooker struct {
	frames  map[route][]seenFrame
	accused map[accusation]string
	notes   map[session.Code]int
}

// A route is one direction of a session.
type route struct {
	session uint32
	dir     protocol.Direction
}

// An accusation is what a diagnostic that is more than a note is about.
type accusation struct {
	session uint32
	code    session.Code
	stream  uint32
}

type seenFrame struct {
	header protocol.Header
	data   string
	cut    bool
}

// A seenSession is the part of one session in that.
type seenSession struct {
	*onlooker
	n uint32
}

func (s seenSession) Frame(f *session.Frame) {
	at := route{s.n, f.Dir}
	s.frames[at] = append(s.frames[at], seenFrame{f.Header, string(f.Data), f.Cut})
}

func (s seenSession) Notice(n session.Notice) {
	d, ok := n.(session.Diagnostic)
	switch {
	case !ok:
	case d.Severity == session.Note:
		s.notes[d.Code]++
		fallthrough
	default:
		a := accusation{s.n, d.Code, d.Stream}
		if d.Severity > session.Note || s.accused[a] == "" {
			s.accused[a] = fmt.Sprintf("%v: %s", d.Severity, d.Text)
		}
	}
}

// watched plays a script.
func watched(s playedScript) *onlooker {
	w := &onlooker{make(map[route][]seenFrame), make(map[accusation]string), make(map[session.Code]int)}
	s.cfg.Schemes, s.cfg.Fleet, s.cfg.Snap = session.NewSchemes(), session.NewFleet(), 1<<16
	trackers := make(map[uint32]*session.Tracker)
	now := start
	for _, st := range s.steps {
		if st.Kind == script.Wait {
			now = now.Add(st.Wait)
			continue
		}
		t := trackers[st.Session]
		if t == nil {
			t = session.NewTracker(s.cfg, seenSession{w, st.Session})
			trackers[st.Session] = t
		}
		if st.Kind == script.Data {
			t.Record(now, st.Dir, st.Wire, st.Fate, st.Continues)
		} else {
			act(t, st, now)
		}
	}
	for _, t := range trackers {
		t.Close(now, session.ClosedByCapture) // what is not whole is handed out
	}
	return w
}

// A pair is an accusation's code, and another code of the truth's that it is the same fault as.
type pair struct{ got, truth session.Code }

// sameFault says which faults look like others where less was seen, each with why.
var sameFault = map[pair]string{
	{session.CodePeerNotReading, session.CodePeerNotReading}:            "which stream was sent last is missing",
	{session.CodeStreamIDNotIncreasing, session.CodeStreamReused}:       "the first SYN is missing",
	{session.CodeTargetMalformed, session.CodeUnknownStream}:            "the stream's end is missing, behind which the payload came",
	{session.CodeSYNACKError, session.CodeSYNACKDuplicate}:              "the first SYNACK is missing",
	{session.CodeSYNACKDuplicate, session.CodeUnknownStream}:            "the first SYNACK may have come behind the SYN",
	{session.CodeSYNACKMissing, session.CodeUnknownStream}:              "the payload may have come behind the SYN",
	{session.CodeHeartbeatUnanswered, session.CodeHeartbeatUnsolicited}: "which answer nobody asked for is not known",
	{session.CodeServerSilent, session.CodeHeartbeatUnsolicited}:        "the same",
	{session.CodeServerSilent, session.CodeHeartbeatUnanswered}:         "that the peer ignores heartbeats is not known",
	{session.CodeSessionSilent, session.CodeHeartbeatUnanswered}:        "the same",
	{session.CodeSessionSilent, session.CodeHeartbeatUnsolicited}:       "the same",
}

// excuses tells whether the truth has the same accusation, or that of which it is a part where
// less was seen.
func (truth *onlooker) excuses(a accusation) bool {
	for b := range truth.accused {
		_, same := sameFault[pair{a.code, b.code}]
		switch {
		case a.code == b.code && (a.code == session.CodePathDead || a.code == session.CodeSessionNotReused || a.code == session.CodeSessionChurn):
			return true // which session finds it depends on what was seen
		case a.session != b.session:
		case a == b, same && (a.stream == b.stream || b.code == session.CodeHeartbeatUnsolicited || a.code == b.code):
			return true
		case b.code == session.CodeStreamReused && a.stream == b.stream:
			return true // which of the two streams something is about is not known
		case a.code == session.CodeUnknownStream && (b.code == session.CodeStreamIDNotIncreasing || b.code == session.CodeStreamReused):
			return true // what may have been opened unseen is told by rising ids
		}
	}
	return false
}

// compare holds what was seen with less to the truth: nobody is accused of more, and each frame
// is one of the truth's, in order.
func (truth *onlooker) compare(got *onlooker) (faults []string) {
	for a, text := range got.accused {
		if !strings.HasPrefix(text, "note") && !truth.excuses(a) {
			faults = append(faults, fmt.Sprintf("session %d, stream %d: %s: %s", a.session, a.stream, a.code, text))
		}
	}
	for at, frames := range got.frames {
		if truth.excuses(accusation{at.session, session.CodeDesynchronised, 0}) {
			continue // with less, frames may be decoded that the truth takes for none
		}
		all := truth.frames[at]
		for i, f := range frames {
			n := slices.IndexFunc(all, func(w seenFrame) bool {
				return f.header == w.header && (f.cut || f.data == w.data)
			})
			if n < 0 {
				faults = append(faults, fmt.Sprintf("session %d, %v: frame %d, %+v, is none of the truth's", at.session, at.dir, i, f.header))
				break
			}
			all = all[n+1:]
		}
	}
	slices.Sort(faults)
	return faults
}
