package capture

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// ReasonNoCloseNotify returns the Reason of a [Closed] event whose peer ended its TCP
// stream without close_notify (RFC 8446, section 6.1). The relay, and the replay of
// what it recorded, both use it.
func ReasonNoCloseNotify(by protocol.Peer) string {
	return "the " + by.String() + " ended its TCP stream without close_notify"
}

// ReasonNoAnswer stands in the reason of a session whose server sent nothing until TLS with it was
// given up.
const ReasonNoAnswer = session.NoAnswer

// ReasonReset returns the Reason of a [Closed] event whose peer reset its connection.
func ReasonReset(by protocol.Peer) string {
	return "the " + by.String() + " reset its connection"
}

// ReasonPathDead returns the Reason of a [Closed] event of a session that the relay gave
// up: a peer's TCP acknowledged nothing for so long, while so many bytes toward it waited
// for that.
func ReasonPathDead(toward protocol.Peer, bytes int, silent time.Duration) string {
	waits := fmt.Sprintf("%d bytes toward it wait", bytes)
	if bytes == 0 {
		waits = "the end of the stream toward it waits"
	}
	return fmt.Sprintf("%s has acknowledged nothing for %v; %s for that", session.PathDead(toward), silent.Round(time.Second), waits)
}
