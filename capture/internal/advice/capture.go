package advice

import (
	"errors"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstap"
)

// ForCapture returns what to do about the error for which a direction of a captured
// connection is not decoded, or "" where there is no advice.
func ForCapture(err error) string {
	switch {
	case errors.Is(err, tlstap.ErrNoKey):
		return "give the key log of one of its ends with --keylog FILE " +
			"(anytls-go's client writes one where TLS_KEY_LOG names a file, the relay with --keylog FILE)"
	case errors.Is(err, tlstap.ErrNoHandshake):
		return "begin the capture before the client connects"
	case errors.Is(err, tlstap.ErrGap):
		return "the capture lacks packets: capture closer to an end, or with a larger buffer (tcpdump -B)"
	case errors.Is(err, tlsrec.ErrOpen):
		return "is the key log of this very session?"
	default:
		return ""
	}
}
