package session

import "anytls-inspect/protocol"

// A causeRank orders causes: an [Incident] has the cause of the highest rank among its
// effects, and those below may follow from it.
type causeRank uint8

const (
	byItself     causeRank = iota // it follows from nothing else, and nothing else from it
	sessionEnds                   // the session ends, or sessions do, and something else is why
	answerLate                    // an answer is late, or missing
	streamStalls                  // a stream holds all others up
	peerSilent                    // nothing comes from the peer
	notReading                    // the peer does not read
	pathIsDead                    // there is no way to the peer
)

// rank returns the rank of a code as a cause.
func (c Code) rank() causeRank {
	switch c {
	case CodePathDead:
		return pathIsDead
	case CodePeerNotReading:
		return notReading
	case CodeServerSilent, CodeSessionSilent:
		return peerSilent
	case CodeHeartbeatStalled:
		return streamStalls
	case CodeHeartbeatUnanswered, CodeHeartbeatSlow, CodeSYNACKLate:
		return answerLate
	case CodeClosedBy, CodeControlWriteDeadline, CodeSessionChurn, CodeAlertNotClosed:
		return sessionEnds
	default:
		return byItself
	}
}

// IsState tells whether a code is a state of a peer, which lasts until it is seen to be over:
// it is silent, it does not read, there is no way to it. All else is over once it is said.
func (c Code) IsState() bool { return c.rank() >= peerSilent }

// silentCode returns the code of a peer's silence.
func silentCode(server bool) Code {
	if server {
		return CodeServerSilent
	}
	return CodeSessionSilent
}

// ofTarget tells whether a code is about a stream's target: what it says of one target says
// nothing of another.
func (c Code) ofTarget() bool {
	switch c {
	case CodeSYNACKError, CodeSYNACKLate, CodeSYNACKThenNothing, CodeHeartbeatStalled:
		return true
	default:
		return false
	}
}

// ofText tells whether what differs in the text of a code's diagnostics has different causes.
func (c Code) ofText() bool { return c == CodeTLSFailed || c == CodeAlert }

// refusal returns how sure a code is about why a server does not take a client; 0 where it is
// about something else. One credential is refused in several ways.
func (c Code) refusal() int {
	switch c {
	case CodePasswordMismatch:
		return 4
	case CodeAuthSplit:
		return 3
	case CodeNotAnyTLS:
		return 2
	case CodeRejected:
		return 1
	default:
		return 0
	}
}

// refuses tells whether a code, about who sends in a direction, is about why a server does not
// take a client. A client that does not speak AnyTLS is another matter.
func (c Code) refuses(dir protocol.Direction) bool {
	return c.refusal() > 0 && (c != CodeNotAnyTLS || dir == protocol.ServerToClient)
}

// endsSession tells whether nothing good can come of a session after the code: whatever ends
// it follows from that.
func (c Code) endsSession() bool {
	return c.refusal() > 0 || c == CodeAlert || c == CodeTLSFailed
}

// mayFollow tells whether the code may follow from what else was wrong in its session.
func (c Code) mayFollow() bool {
	return c.rank() != byItself || c.ofNotice() || c == CodeRejected || c == CodeDesynchronised
}

// ofNotice tells whether the code is what a notice is called as an effect.
func (c Code) ofNotice() bool { return c == EffectBlocked || c == EffectWaiting }

// outranks tells whether an incident with a cause has another one once it has an effect with
// this code.
func (c Code) outranks(cause Code) bool {
	if c.refusal() > 0 && cause.refusal() > 0 {
		return c.refusal() > cause.refusal()
	}
	if c == CodeSessionChurn && cause == CodeClosedBy || c == CodeDesynchronised && cause == CodeUnknownCommand {
		return true
	}
	return c.rank() > max(cause.rank(), sessionEnds) && cause.rank() >= sessionEnds
}
