package advice

import "anytls-inspect/protocol"

// ForOpen returns what to do about err by which TLS with a peer failed when it had stood, or
// "" where there is no advice. It is for errors of which [OfTLS] is true.
func ForOpen(peer protocol.Peer, err error) string {
	switch {
	case received(err, badRecordMAC, decryptError):
		return "the " + peer.String() + " could not decrypt what the relay sent it: does a box between the two change it?"
	case received(err):
		return "the " + peer.String() + " gave up TLS by itself: see its log"
	case OfTLS(err):
		return "what came from the " + peer.String() + " is not what TLS can decrypt: does a box between the two change it?"
	default:
		return ""
	}
}
