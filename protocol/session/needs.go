package session

import "anytls-inspect/protocol"

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
	{code: CodePaddingIgnored, order: true}, // siblings.go looks at what sibling sessions lack
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
	{code: CodeIdlePoolOrder, order: true},    // siblings.go looks at what sibling sessions lack
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
	{code: CodeReceiverLost}, // the relay did it
}

// supported tells whether what was seen supports a diagnostic.
func (t *Tracker) supported(d *Diagnostic) bool {
	if t.inOrder() && t.streams.misses == (protocol.ByDirection[uint32]{}) && !t.dark(protocol.ClientToServer) && !t.dark(protocol.ServerToClient) {
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
