package pane

import (
	"fmt"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// phase returns the state of a session, as a sign and a word of at most seven cells: what
// does not go on in it, else how far it has come.
func phase(s *Scene, p *cell.Palette, r *journal.SessionRow) (sign, word string, paint cell.Paint) {
	_, blocked := stuck(r)
	_, owed := oldest(s, r)
	switch {
	case neverStood(r):
		return "✗", "no TLS", p.Bad
	case r.Closed:
		return "○", "ended", p.Dim
	case blocked:
		return "■", "blocked", p.Bad
	case r.State.Phase == session.NotAnyTLSPhase:
		return "◇", "foreign", p.Warn
	case goneText(&r.State) != "":
		return "◑", "gone", p.Warn
	case blind(&r.Evidence):
		return "◍", "partly", p.Warn
	case owed:
		return "◔", "waiting", p.Warn
	case r.State.Phase == session.Ready && r.StreamsOpen > 0:
		return "●", "serving", p.Good
	case r.State.Phase == session.Ready:
		return "●", "idle", p.Good
	case r.State.Phase == session.Authenticated:
		return "◐", "authed", p.Warn
	default:
		return "◌", "opening", p.Warn
	}
}

// neverStood tells whether a session ended for some reason before TLS stood on both legs.
func neverStood(r *journal.SessionRow) bool {
	return r.Closed && r.TLS == nil && r.Reason != "" && r.State.ClosedBy != session.ClosedByCapture
}

// sessionNote returns what is most worth knowing of a session, and how long it has been
// silent; nothing where all is as usual.
func sessionNote(s *Scene, p *cell.Palette, r *journal.SessionRow) (phrase, cell.Paint) {
	text, paint := mostWorth(s, p, r)
	quiet := silence(r, s.Now)
	if r.Closed || blind(&r.Evidence) || quiet <= time.Minute {
		return text, paint
	}
	silent := cell.Age(quiet) + " silent"
	if len(text) == 0 {
		return phrase{silent}, paint
	}
	with := phrase{text[0] + "; " + silent}
	if short := text[len(text)-1] + "; " + silent; short != with[0] && cell.Width(cell.Harmless(short)) < text.longest() {
		return append(append(with, text[0], short), text[1:]...), paint
	}
	return append(with, text...), paint
}

// mostWorth returns what is most worth knowing of a session, but for its silence, and what was
// not seen of it.
func mostWorth(s *Scene, p *cell.Palette, r *journal.SessionRow) (phrase, cell.Paint) {
	text, paint := worth(s, p, r)
	unseen := lacks(&r.Evidence)
	if len(unseen) > 0 && (len(text) == 0 || r.Closed && paint == p.Dim) {
		paint = p.Warn
	}
	return text.with(unseen, r.Closed && r.State.Alert == ""), paint
}

// worth returns what of all that was seen of a session is most worth knowing.
func worth(s *Scene, p *cell.Palette, r *journal.SessionRow) (phrase, cell.Paint) {
	st := &r.State
	blocked, isBlocked := stuck(r)
	owed, isOwed := oldest(s, r)
	switch q := s.Waiting[r.ID]; {
	case st.Alert != "":
		return phrase{"alert: " + st.Alert, "alert; " + s.Detail + ": its text", "alert"}, p.Bad
	case r.Closed:
		return endPhrase(s, r), p.Dim
	case isBlocked:
		return stuckPhrase(s, blocked), p.Bad
	case goneText(st) != "":
		return gonePhrase(st), p.Warn
	case isOwed:
		return debtPhrase(owed, s.Now), p.Warn
	case q[protocol.Server].N > 0:
		return queuePhrase(protocol.Server, q[protocol.Server]), p.Own
	case q[protocol.Client].N > 0:
		return queuePhrase(protocol.Client, q[protocol.Client]), p.Own
	case st.Phase == session.NotAnyTLSPhase:
		return phrase{"not AnyTLS: relayed as it is", "not AnyTLS"}, p.Warn
	case st.Auth.Password == session.PasswordDiffers:
		return phrase{"other password"}, passwordPaint(p, st)
	case r.TLS == nil && st.Wire == (protocol.ByDirection[uint64]{}):
		return phrase{"TLS handshake"}, p.Dim
	case st.Phase == session.AwaitingAuth && st.Wire[protocol.ClientToServer] == 0:
		return phrase{"the client has sent nothing yet", "nothing sent"}, p.Dim
	default:
		return nil, p.Dim
	}
}

// endPhrase says how a session ended. A reason that has no room is named by who ended the
// session, and by the key that shows it.
func endPhrase(s *Scene, r *journal.SessionRow) phrase {
	by := "by " + r.State.ClosedBy.String()
	switch {
	case r.Reason == "" && r.State.Phase == session.NotAnyTLSPhase:
		return phrase{"was not AnyTLS"}
	case r.Reason == "" && unanswered(r):
		return phrase{by + ", before any frame", by}
	case r.Reason == "":
		return phrase{by}
	case neverStood(r) && (r.State.ClosedBy == session.ClosedByClient || r.State.ClosedBy == session.ClosedByServer):
		leg := "with the " + r.State.ClosedBy.String() // whose leg it is: it need not be the one who refused
		return phrase{r.Reason, leg + "; " + s.Detail + ": why", leg}
	case session.IsPathDead(r.Reason):
		return phrase{r.Reason, "path dead; " + s.Detail + ": why", "path dead"}
	default:
		return phrase{r.Reason, by + "; " + s.Detail + ": why", by}
	}
}

// unanswered tells whether the server ended a session of AnyTLS without a frame, as it does
// where it does not take the client.
func unanswered(r *journal.SessionRow) bool {
	f := &r.State.Frames
	return !r.Evidence.PartlySeen(protocol.ServerToClient) && r.State.ClosedBy == session.ClosedByServer && f[protocol.ClientToServer] > 0 && f[protocol.ServerToClient] == 0
}

// queuePhrase says why heartbeats toward a peer are not written yet.
func queuePhrase(toward protocol.Peer, q Queue) phrase {
	who := fmt.Sprintf("♥→%s %d", brief(toward), q.N)
	return phrase{fmt.Sprintf("%s %v", who, q.Why), who + " waits"}
}

// gonePhrase says which peer is gone, and which keeps the session; nothing where that is not
// so.
func gonePhrase(st *session.State) phrase {
	gone, _, ok := keptFrom(st)
	if !ok {
		return nil
	}
	return phrase{goneText(st), fmt.Sprintf("%v gone, %v keeps it", gone, gone.Other()), gone.String() + " gone"}
}

// goneText says which peer is gone, and which keeps the session; nothing where that is not
// so.
func goneText(st *session.State) string {
	if gone, _, ok := keptFrom(st); ok {
		return fmt.Sprintf("%v gone, %v keeps the session", gone, gone.Other())
	}
	return ""
}

// keptFrom returns which peer is gone, and since when, while the other keeps the session. ok
// is false where that is not so.
func keptFrom(st *session.State) (gone protocol.Peer, at time.Time, ok bool) {
	for p, at := range st.Gone {
		if gone := protocol.Peer(p); !at.IsZero() && st.Gone[gone.Other()].IsZero() {
			return gone, at, true
		}
	}
	return 0, time.Time{}, false
}

// silence returns how long ago the last byte of a session was seen.
func silence(r *journal.SessionRow, now time.Time) time.Duration {
	last := r.OpenedAt
	for _, at := range r.State.LastAt {
		if at.After(last) {
			last = at
		}
	}
	return now.Sub(last)
}

// usual returns what the note says of a session in which all is as usual. Where it is brief
// there is no column for the software, and the note names it.
func usual(r *journal.SessionRow, isBrief bool) phrase {
	switch t := r.TLS; {
	case isBrief && r.State.Client != "":
		return phrase{r.State.Client}
	case t == nil:
		return nil
	case t.SNI == "":
		return phrase{t.Version + ", no SNI", t.Version}
	default:
		return phrase{t.SNI + ", " + t.Version, t.Version}
	}
}

// onLeg names the leg that a replayed session was recorded on, before what is said of it.
func (p phrase) onLeg(l capture.Leg) phrase {
	if l == capture.NoLeg {
		return p
	}
	leg := [...]string{capture.ClientLeg: "cli", capture.ServerLeg: "srv"}[l]
	if len(p) == 0 {
		return phrase{leg}
	}
	named := make(phrase, len(p))
	for i := range p {
		named[i] = leg + " " + p[i]
	}
	return named
}
