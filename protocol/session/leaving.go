package session

import (
	"strings"

	"anytls-inspect/protocol"
)

// left tells, of a session that ends, whether the client left it in good order: it ended its TCP
// stream, with close_notify or without, before the server ended its own.
func (t *Tracker) left(by Closer, reason string) bool {
	client, server := t.st.Gone[protocol.Client], t.st.Gone[protocol.Server]
	switch {
	case client.IsZero() && server.IsZero():
		return by == ClosedByClient && reason == ""
	case client.IsZero() || server.IsZero():
		return server.IsZero()
	default:
		return client.Before(server) || client.Equal(server) && by == ClosedByClient
	}
}

// cutsStreams tells whether the session's end cuts off the streams that no peer has ended. A
// client that leaves in good order wants them no more, and the end of the relay or of the capture
// is neither peer's; that the relay gave up a path that was dead is. Streams of a session that the
// server rejected never began.
func (t *Tracker) cutsStreams(by Closer, reason string) bool {
	switch {
	case t.left(by, reason), t.st.Outcome == OutcomeRejected:
		return false
	case by > ClosedByServer:
		return strings.HasPrefix(reason, string(CodePathDead))
	default:
		return true
	}
}
