package advice

import (
	"crypto/tls"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// ForAlert returns what to do about a TLS alert by which an end of a captured connection
// refused the handshake, or "" where there is no advice. For a leg of the relay's there is
// [ForLegAlert].
func ForAlert(by protocol.Peer, description uint8) string {
	certificate := tlsrec.IsCertificateAlert(description)
	switch alert := tls.AlertError(description); {
	case certificate && by == protocol.Client:
		return "the client does not trust the server's certificate: let it trust the CA that issued it, give it the name that the certificate is for, or let it skip verification"
	case certificate:
		return "the server wants a certificate of the client, and another than it got"
	case alert == unrecognizedName:
		return "the server wants another SNI"
	case alert == noApplicationProtocol:
		return "client and server have no ALPN in common"
	case alert == handshakeFailure, alert == protocolVersion, alert == insufficientSecurity, alert == illegalParameter:
		return "client and server have no TLS version or cipher suite in common, or one wants of the other what it does not have"
	case alert == badRecordMAC, alert == decryptError:
		return "the keys of the two ends differ: does a box between them change what they send?"
	case alert == internalError:
		return "see the log of the " + by.String()
	default:
		return ""
	}
}

// ForLegAlert returns what to do about a TLS alert by which the handshake on a recorded leg
// of the relay's failed. The leg is that with a peer; byRelay says that the relay sent it.
func ForLegAlert(peer protocol.Peer, byRelay bool, description uint8) string {
	certificate := tlsrec.IsCertificateAlert(description)
	switch alert := tls.AlertError(description); {
	case !byRelay && peer == protocol.Server && certificate:
		return "the server does not take the certificate that the relay showed, or none: give " + namesOf(false).certificate
	case !byRelay:
		return For(peer, Alert(alert))
	case certificate:
		return "the relay does not trust the server's certificate: give --server-ca FILE, another --sni, or -k to skip verification"
	case peer == protocol.Client && (alert == handshakeFailure || alert == protocolVersion):
		return unmatched
	default:
		return ""
	}
}

// ForCutHandshake returns what to do where an end of a captured connection left in the
// middle of the handshake, without an alert. relay says that the other end is the relay.
func ForCutHandshake(by protocol.Peer, relay bool) string {
	switch {
	case by == protocol.Server:
		return "it may want another SNI, or be none of TLS"
	case relay:
		return "it may not trust the relay's certificate: " + trust
	default:
		return "it may not trust the server's certificate, or have waited for too long"
	}
}
