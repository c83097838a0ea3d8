package session

import (
	"time"

	"anytls-inspect/protocol"
)

// An Outcome says how far a session came, as far as that was seen. It changes until the session
// is over: a server that has not answered for long may answer yet.
type Outcome uint8

// The outcomes of sessions.
const (
	// OutcomeNone says that the server owed nothing, or not for long, or that too little of
	// what it sends was seen.
	OutcomeNone Outcome = iota
	// OutcomeAccepted says that the server accepted the session: it sent a frame that no other
	// gets. All frames that a server may send are such, but for an Alert.
	OutcomeAccepted
	// OutcomeUnanswered says that the server owed ServerSettings for [OwedTime], and sent no
	// frame. It may have sent something else.
	OutcomeUnanswered
	// OutcomeRejected says that the server ended the session without a frame, or sent an Alert
	// alone.
	OutcomeRejected
	// OutcomeTLSFailed says that TLS failed with a peer.
	OutcomeTLSFailed
)

// String returns the outcome in words.
func (o Outcome) String() string {
	return [...]string{"none", "accepted", "unanswered", "rejected", "TLS failed"}[min(o, OutcomeTLSFailed)]
}

// OwedTime is for how long a server must owe an answer for its session to count as unanswered.
// The reference client waits for a SYNACK for as long, and then gives the session up: its timer
// may run out a little sooner than it seems here, which is what the rest is for.
const OwedTime = SYNACKTimeout - SlowHeartbeat

// A judgement is what was said against a session before the server accepted it: that it refuses
// the client's preamble.
type judgement struct {
	verdict  verdict
	severity Severity
}

// accepts tells whether a server sends a command to those alone whose session it accepts.
func accepts(c protocol.Command) bool {
	return c != protocol.Alert && c.Known() && c.Spec().Sender&(1<<protocol.ServerToClient) != 0
}

// heardServer takes the first frames of the server, until one shows that it accepts the session.
// The relay may have dropped it: the server has sent it.
func (t *Tracker) heardServer(c protocol.Command) {
	t.answered(c)
	if accepts(c) && t.st.Phase != NotAnyTLSPhase {
		t.st.Outcome = OutcomeAccepted
	}
}

// comesTo notes an outcome, unless the server had accepted the session.
func (t *Tracker) comesTo(o Outcome) {
	if t.st.Outcome != OutcomeAccepted {
		t.st.Outcome = o
	}
}

// sawServer tells whether a frame of the server's would have been seen. What it sends may be of
// another protocol.
func (t *Tracker) sawServer() bool {
	s := &t.side[protocol.ServerToClient]
	return t.streams.misses[s.dir] == 0 && !s.unsure && (s.framing.State() == NotAnyTLS || !s.framing.State().Opaque())
}

// unansweredDue returns when the server will have owed its first answer for too long; zero where
// it owes none, or has begun to give one.
func (t *Tracker) unansweredDue() time.Time {
	framing := &t.side[protocol.ServerToClient].framing
	if t.st.Outcome != OutcomeNone || t.settingsAt.IsZero() || t.st.ClientVersion < 2 || !t.sawServer() ||
		framing.begun && framing.State() != NotAnyTLS || t.st.Evidence.Uncertain || t.someGone() {
		return time.Time{}
	}
	return t.settingsAt.Add(OwedTime + t.st.Evidence.Within)
}

// goesUnanswered notes that the server did not answer, where it has owed an answer for too long.
func (t *Tracker) goesUnanswered() {
	if t.isDue(t.unansweredDue()) {
		t.comesTo(OutcomeUnanswered)
	}
}

// rejects notes that the server ended the session without a frame, where that was diagnosed. A
// path that died ended it by no will of the server's.
func (t *Tracker) rejects(reason string) {
	if t.diagnostics[CodeRejected] > 0 && !IsPathDead(reason) {
		t.comesTo(OutcomeRejected)
	}
}

// Overruled returns the codes of what was said against the session before the server accepted
// it, each of which was said once, and how severe that was. None is returned of a session that
// the server has not accepted. These are the diagnostics that tell what the server makes of the
// client's preamble: that its password is another one ([CodePasswordMismatch]), or that it came
// in several records, of which the reference's servers read the first alone ([CodeAuthSplit]).
// All others say what a peer did, or for how long it did nothing: that stays as wrong as it was,
// though the other tolerates it, such as Settings that are malformed, padding0 of another length
// than its scheme says, or a silence of seconds.
func (t *Tracker) Overruled() (codes []Code, severity Severity) {
	if t.st.Outcome != OutcomeAccepted {
		return nil, 0
	}
	if t.judged.verdict.password {
		codes = append(codes, CodePasswordMismatch)
	}
	if t.judged.verdict.split != "" {
		codes = append(codes, CodeAuthSplit)
	}
	return codes, t.judged.severity
}
