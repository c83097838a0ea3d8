package capture

import "anytls-inspect/protocol"

// ReasonNoCloseNotify is the Reason of a Closed event where a peer ended its TCP
// stream without close_notify (RFC 8446, section 6.1). A relay and the replay of
// what it recorded say the same.
func ReasonNoCloseNotify(by protocol.Peer) string {
	return "the " + by.String() + " ended its TCP stream without close_notify"
}

// ReasonReset is the Reason of a Closed event where a peer reset its connection.
func ReasonReset(by protocol.Peer) string {
	return "the " + by.String() + " reset its connection"
}
