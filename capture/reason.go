package capture

import "anytls-inspect/protocol"

// ReasonNoCloseNotify returns the Reason of a [Closed] event whose peer ended its TCP
// stream without close_notify (RFC 8446, section 6.1). The relay, and the replay of
// what it recorded, both use it.
func ReasonNoCloseNotify(by protocol.Peer) string {
	return "the " + by.String() + " ended its TCP stream without close_notify"
}

// ReasonReset returns the Reason of a [Closed] event whose peer reset its connection.
func ReasonReset(by protocol.Peer) string {
	return "the " + by.String() + " reset its connection"
}
