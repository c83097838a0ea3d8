package advice

import (
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// ForAlert returns what to do about a TLS alert by which an end of a captured connection
// refused the handshake, or "" where there is no advice. relay says that one of the ends is
// the relay, which had recorded the connection.
func ForAlert(by protocol.Peer, description uint8, relay bool) string {
	certificate := tlsrec.IsCertificateAlert(description)
	switch name := tlsrec.AlertName(description); {
	case certificate && by == protocol.Client && relay:
		return "it does not trust the certificate that it was shown: see 'anytls-inspect ca' where that is the relay's, --server-ca, --sni or -k where the relay does not trust the server's"
	case certificate && by == protocol.Client:
		return "the client does not trust the server's certificate: let it trust the CA that issued it, give it the name that the certificate is for, or let it skip verification"
	case certificate:
		return "the server wants a certificate of the client, and another than it got"
	case name == "unrecognized_name":
		return "the server wants another SNI"
	case name == "no_application_protocol":
		return "the server wants another ALPN"
	case name == "handshake_failure", name == "protocol_version", name == "insufficient_security", name == "illegal_parameter":
		return "client and server have no TLS version or cipher suite in common, or one wants of the other what it does not have"
	case name == "bad_record_mac", name == "decrypt_error", name == "decryption_failed":
		return "the keys of the two ends differ: does a box between them change what they send?"
	case name == "internal_error":
		return "see the log of the " + by.String()
	default:
		return ""
	}
}

// ForCutHandshake returns what to do where an end of a captured connection left in the
// middle of the handshake, without a word; relay as in [ForAlert].
func ForCutHandshake(by protocol.Peer, relay bool) string {
	switch {
	case by == protocol.Server:
		return "it may want another SNI, or be none of TLS"
	case relay:
		return "it may not trust the certificate that it was shown: see 'anytls-inspect ca'"
	default:
		return "it may not trust the server's certificate, or have waited for too long"
	}
}
