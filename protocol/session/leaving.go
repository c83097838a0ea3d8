package session

import "anytls-inspect/protocol"

// left tells, of a session that ends, whether the client left it in good order: it ended its TCP
// stream, with close_notify or without, before the server ended its own.
func (t *Tracker) left(by Closer, reason string) bool {
	if !t.someGone() {
		return by == ClosedByClient && reason == ""
	}
	first, at := t.firstGone()
	return first == protocol.Client && (by == ClosedByClient || !t.st.Gone[protocol.Server].Equal(at))
}

// cutsStreams tells whether the session's end cuts off the streams that no peer has ended. A
// client that leaves in good order wants them no more, and the end of the relay or of the capture
// is neither peer's; that the relay gave up a path that was dead is. Streams of a session that the
// server did not accept have not begun: what it came to says why.
func (t *Tracker) cutsStreams(by Closer, reason string) bool {
	switch {
	case t.left(by, reason), t.st.Outcome > OutcomeAccepted:
		return false
	case by > ClosedByServer:
		return IsPathDead(reason)
	default:
		return true
	}
}
