package session

import (
	"time"

	"anytls-inspect/protocol"
)

// Evidence is what the source of a session could see of it. No diagnostic may rest on what
// it could not see.
type Evidence struct {
	// Gaps is how many times bytes of a direction are missing, and Missing how many bytes
	// of TLS plaintext these are, as far as that is known.
	Gaps    protocol.ByDirection[uint64]
	Missing protocol.ByDirection[uint64]
	// Unseen is why nothing more of a direction is seen, printable; empty where it is seen.
	Unseen protocol.ByDirection[string]
	// Within is by how much the times of the two directions may be off against one another;
	// 0 where they are of one clock.
	Within time.Duration
	// Uncertain says that the order between the two directions is not known.
	Uncertain bool
}

// shakenTime is for how long after a gap an answer may belong to a request that was not seen,
// or that was given up: peers that answer at all answer within it.
const shakenTime = time.Minute

// Unseen tells the tracker that nothing more of a direction is seen from now on, and why;
// printable. Bytes of it must not follow.
func (t *Tracker) Unseen(at time.Time, dir protocol.Direction, why string) {
	if t.closed {
		return
	}
	t.Tick(at)
	t.tellOther(true)
	t.st.Evidence.Unseen[dir] = why
	t.shake(dir)
	s := &t.side[dir]
	t.lose(s)
	if s.framing.State() == Searching {
		s.search = search{}
	}
	s.framing.lose()
	t.blind(dir.Sender(), true)
}

// Order tells the tracker how far times and order of the two directions can be relied on
// from now on: see [Evidence].
func (t *Tracker) Order(at time.Time, within time.Duration, uncertain bool) {
	if t.closed {
		return
	}
	t.Tick(at)
	e := &t.st.Evidence
	e.Within, e.Uncertain = max(e.Within, within), e.Uncertain || uncertain
	t.streams.slack = e.Within
	if t.first != nil && t.first.padding != nil && !t.inOrder() {
		t.first = nil // whether a scheme was offered before a record is not known
	}
}

// inOrder tells whether all happened in the order in which the tracker was told of it.
func (t *Tracker) inOrder() bool { return t.st.Evidence.Within == 0 && !t.st.Evidence.Uncertain }

// isShaken tells whether a gap was so lately that answers may belong to requests that were not
// seen.
func (t *Tracker) isShaken() bool { return !t.shaken.IsZero() && !t.now.After(t.shaken) }

// span returns the time from what one peer sent to what the other did: none where it is
// shorter than it is known, and never less.
func (t *Tracker) span(from, to time.Time) time.Duration {
	if d := to.Sub(from); d >= t.st.Evidence.Within {
		return max(d, 0)
	}
	return 0
}

// dark tells whether frames of a direction can't be seen now.
func (t *Tracker) dark(dir protocol.Direction) bool {
	s := &t.side[dir]
	return s.unsure || s.framing.State().Opaque()
}

// whole tells whether all frames of a direction were seen, from its beginning on.
func (t *Tracker) whole(dir protocol.Direction) bool { return t.streams.gaps[dir] == 0 && !t.dark(dir) }

// saw tells whether all frames of a direction were seen since a stream was opened; or all that
// there were, where the stream is not known.
func (t *Tracker) saw(s *Stream, dir protocol.Direction) bool {
	if s == nil {
		return t.whole(dir)
	}
	return s.gaps[dir] == t.streams.gaps[dir] && !t.dark(dir)
}

// mayBeOther tells whether the session may be of another protocol, for all that was seen, since
// its beginning was not.
func (t *Tracker) mayBeOther() bool {
	return t.streams.gaps != (protocol.ByDirection[uint32]{}) && t.opening.authAt.IsZero() &&
		t.st.Frames == (protocol.ByDirection[uint64]{})
}

// missedOf tells whether frames may be missing since a stream was opened.
func (t *Tracker) missedOf(s *Stream) bool { return s != nil && s.gaps != t.streams.gaps }

// A since says from when on the frames of a direction must have been seen.
type since uint8

const (
	atAll       since = iota // they need not have been
	fromNow                  // they are seen
	fromStream               // since the stream was opened
	fromSession              // all of them
)

// A need is what a diagnostic rests on beyond that which it names itself. Where the rule that
// raises it knows better since when something must have been seen, it looks itself.
type need struct {
	code  Code
	own   since // the direction that the diagnostic is about
	other since // the other one
	// order says that it rests on what came first of the two directions, or on a span from one
	// to the other.
	order bool
}

// needs is the table of what diagnostics rest on. It is never written to.
var needs = [...]need{
	{code: CodeAuthSplit}, // the records of the preamble; verdict.go knows what is known of the server
	{code: CodeAuthPaddingMismatch, order: true},
	{code: CodePasswordMismatch},
	{code: CodeNotAnyTLS},
	{code: CodeSettingsMissing, own: fromSession},
	{code: CodeSettingsMalformed},
	{code: CodeSYNBeforeSettings, own: fromSession},
	{code: CodeVersionMismatch, own: fromNow, order: true}, // settings.go looks at what the server sent
	{code: CodeWrongSide},
	{code: CodeUnknownCommand},
	{code: CodeDataNotAllowed},
	{code: CodeDesynchronised},
	{code: CodeStreamIDNotIncreasing}, // two SYNs that were seen
	{code: CodeStreamReused},
	{code: CodeUnknownStream}, // lifecycle.go looks at what may be open
	{code: CodeFrameAfterFIN},
	{code: CodeHalfCloseConflict, own: fromStream, other: fromStream, order: true},
	{code: CodeTargetMalformed}, // payload.go parses nothing behind what is missing
	{code: CodeUoTAddressType},
	{code: CodeSYNACKError},
	{code: CodeSYNACKLate, own: fromStream, other: fromStream, order: true}, // the client's FIN ends the wait
	{code: CodeSYNACKMissing, own: fromStream, other: fromStream, order: true},
	{code: CodeSYNACKDuplicate, own: fromStream, other: fromStream, order: true},
	{code: CodeHeartbeatUnanswered, other: fromNow, order: true}, // a gap cuts what waits: gap.go
	{code: CodeHeartbeatSlow, other: fromNow, order: true},
	{code: CodeHeartbeatStalled, own: fromNow, other: fromNow, order: true},
	{code: CodeHeartbeatUnsolicited, other: fromNow, order: true}, // heartbeats.go looks at what is in doubt
	{code: CodeHeartbeatWrongStream, other: fromNow, order: true},
	{code: CodeHeartbeatStreamID},
	{code: CodePaddingViolation, own: fromSession, other: fromSession, order: true},
	{code: CodePaddingIgnored, order: true}, // missing.go looks at what sibling sessions lack
	{code: CodePaddingMalformed},
	{code: CodeAlert},
	{code: CodeAlertNotClosed}, // timeout.go looks at whether the end may be missing
	{code: CodeSessionSilent, own: fromNow, order: true},
	{code: CodeServerSilent, own: fromNow, order: true},
	{code: CodePeerNotReading}, // TCP shows it, not the frames
	{code: CodeControlWriteDeadline, other: fromNow, order: true},
	{code: CodeRejected, order: true},         // verdict.go looks at both directions
	{code: CodeSessionKeptOpen, own: fromNow}, // gone.go looks since when
	{code: CodeSessionChurn},                  // TCP shows it
	{code: CodeIdlePoolOrder, order: true},    // missing.go looks at what sibling sessions lack
	{code: CodeSessionNotReused, order: true},
	{code: CodeClosedAsOpened, own: fromStream, other: fromStream, order: true},
	{code: CodeSYNACKThenNothing, own: fromStream, other: fromStream, order: true},
	{code: CodePaddingEarly, own: fromSession, other: fromSession, order: true},
	{code: CodePaddingOversize},
	{code: CodePaddingNewline},
	{code: CodeAnsweredWithNext, own: fromNow, other: fromNow, order: true},
	{code: CodeClosedBy},  // TCP shows it
	{code: CodePathDead},  // TCP shows it, or path.go looks at who was heard of
	{code: CodeTLSFailed}, // the handshake shows it
	{code: CodeResynchronised},
}

// supported tells whether what was seen supports a diagnostic.
func (t *Tracker) supported(d *Diagnostic) bool {
	if t.inOrder() && t.streams.gaps == (protocol.ByDirection[uint32]{}) && !t.dark(protocol.ClientToServer) && !t.dark(protocol.ServerToClient) {
		return true // as nearly always
	}
	for i := range needs {
		n := &needs[i]
		if n.code != d.Code {
			continue
		}
		if n.order && t.st.Evidence.Uncertain {
			return false
		}
		return t.sees(n.own, d.Stream, d.Dir) && t.sees(n.other, d.Stream, d.Dir.Reverse())
	}
	return false
}

// sees tells whether what a diagnostic about a stream needs of a direction was seen.
func (t *Tracker) sees(from since, stream uint32, dir protocol.Direction) bool {
	switch from {
	case atAll:
		return true
	case fromNow:
		return !t.dark(dir)
	case fromStream:
		return t.saw(t.find(stream), dir)
	default:
		return t.whole(dir)
	}
}
