package tlstap

import "errors"

// Why a direction is not followed. They come wrapped, with what was seen.
var (
	// ErrNotTLS: the bytes are no TLS records, from here on.
	ErrNotTLS = errors.New("not TLS")
	// ErrNoHandshake: TLS records, but the handshake is not in the capture.
	ErrNoHandshake = errors.New("TLS without its handshake")
	// ErrNoKey: the lookup does not know what this direction needs.
	ErrNoKey = errors.New("no key for this session")
	// ErrVersion: a version of TLS other than 1.2 and 1.3.
	ErrVersion = errors.New("unsupported TLS version")
	// ErrGap: bytes are missing; of a Stopped, too: the direction could not be
	// taken up again behind them.
	ErrGap = errors.New("bytes are missing")
	// ErrRenegotiation: the connection renegotiates (TLS 1.2).
	ErrRenegotiation = errors.New("renegotiation is unsupported")
)
