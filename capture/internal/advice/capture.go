package advice

import (
	"errors"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstap"
)

// ForCapture returns what to do about the error for which a direction of a captured
// connection is not decoded, or "" where there is no advice. For a key that is missing
// there is [ForMissingKey].
func ForCapture(err error) string {
	switch {
	case errors.Is(err, tlstap.ErrNoHandshake):
		return "begin the capture before the client connects"
	case errors.Is(err, tlstap.ErrGap):
		return "the capture lacks packets: capture closer to an end, or with a larger buffer (tcpdump -B)"
	case errors.Is(err, tlsrec.ErrOpen):
		return "the key log has other secrets for this session: is it the one of this very run?"
	case errors.Is(err, tlstap.ErrAbsent):
		return "capture where both directions pass"
	case errors.Is(err, tlstap.ErrOneHello):
		return "begin the capture before the client connects, and where both directions pass"
	case errors.Is(err, tlstap.ErrDamaged):
		return "were the packets changed on their way, or the file damaged?"
	case errors.Is(err, tlstap.ErrVersion):
		return "only TLS 1.2 and 1.3 are opened: AnyTLS is to use either"
	case errors.Is(err, tlsrec.ErrSuite):
		return "only suites with AES-GCM and ChaCha20-Poly1305 are opened: let one end offer no other"
	default:
		return ""
	}
}
