package advice

import (
	"cmp"
	"crypto/tls"
	"errors"
	"strings"
	"time"
)

// A ClientError is the error of a handshake with a client, with what else the advice depends
// on. Its text is the error's.
type ClientError struct {
	Err error
	// First is what the client sent first, as far as that was kept.
	First []byte
	// Greeted says that all of its ClientHello came, and that it was answered.
	Greeted bool
	// Trust says how a client comes to take the relay's certificate; empty: as it does by default.
	Trust string
}

// Error implements [error].
func (e *ClientError) Error() string { return e.Err.Error() }

// Unwrap returns what went wrong, without what is known of the client.
func (e *ClientError) Unwrap() error { return e.Err }

// trust is how a client comes to take the relay's certificate, where nothing else is said.
const trust = "let it trust the relay's CA ('anytls-inspect ca --export FILE'), give --cert and --key, or let the client skip verification"

// client says what to do about a failed handshake with a client of the relay.
func client(err error) string {
	at := &ClientError{Greeted: true}
	errors.As(err, &at)
	var header tls.RecordHeaderError
	var left *clientLeft
	spoken := spokenByClient(at.First)
	switch {
	case errors.As(err, &left) && left.waited < impatience:
		return "" // why is not known
	case errors.As(err, &left):
		return "the server did not answer in time: check its address and the path to it"
	case spoken != "":
		return spoken
	case errors.As(err, &header):
		return "the client does not speak TLS here: point its server address at the relay, with TLS on"
	case received(err):
		return refusedByClient(err, cmp.Or(at.Trust, trust))
	case at.Greeted && KeysDiffer(err):
		return "the client rejected our certificate, or its keys differ: " + cmp.Or(at.Trust, trust)
	case isUnmatched(err):
		return unmatched
	case strings.Contains(err.Error(), "no key exchanges supported"):
		return "client and relay have no group for the key exchange in common: see the client's list of curves"
	case strings.Contains(err.Error(), "certificate's signature algorithms"):
		return "the client takes no signature that the relay's certificate can make: give --cert and --key of another kind (RSA, ECDSA)"
	case isTimeout(err):
		return "the client did not finish its handshake"
	case isGone(err) && !at.Greeted:
		return "the client closed the connection before its ClientHello was whole"
	case isGone(err):
		return "the client closed the connection during the handshake; it may not trust the relay's certificate: " + cmp.Or(at.Trust, trust)
	default:
		return ""
	}
}

// refusedByClient says what to do about an alert of a client.
func refusedByClient(err error, trust string) string {
	switch {
	case received(err, aboutCertificate[:]...):
		return "the client does not trust the relay's certificate: " + trust
	case received(err, protocolVersion, insufficientSecurity, handshakeFailure, illegalParameter):
		return unmatched
	case received(err, noApplicationProtocol):
		return "the client takes another ALPN only than the server chose"
	case received(err, badRecordMAC, decryptError):
		return "the client's keys differ from the relay's: does a box between the two change what they send?"
	default:
		return "the client gave up the handshake: see its log"
	}
}

const unmatched = "client and relay have no TLS version or cipher suite in common: the relay speaks TLS 1.2 and 1.3"

// isUnmatched tells whether err says that a peer can do nothing that the relay can. These
// errors have no types in crypto/tls: their words tell them apart.
func isUnmatched(err error) bool {
	text := err.Error()
	return strings.Contains(text, "no cipher suite") || strings.Contains(text, "unsupported versions") ||
		strings.Contains(text, "unsupported protocol version")
}

// impatience is how long a client has waited at least that goes for want of an answer.
const impatience = 2 * time.Second
