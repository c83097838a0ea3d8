package tlstap

import "errors"

// The errors say why a direction is not followed. They come wrapped, with what was
// seen. Others are of package tlsrec.
var (
	// ErrNotTLS says that the bytes are no TLS records, from here on.
	ErrNotTLS = errors.New("not TLS")
	// ErrNoHandshake says that there are TLS records, but not their handshake.
	ErrNoHandshake = errors.New("TLS without its handshake")
	// ErrOneHello says that one of the hellos is lost, without which TLS 1.2 is not
	// opened.
	ErrOneHello = errors.New("TLS 1.2 is opened with both hellos only, and one is lost")
	// ErrNoKey says that the lookup does not know the secret of this direction.
	ErrNoKey = errors.New("no key for this session")
	// ErrVersion says that the version of TLS is neither 1.2 nor 1.3.
	ErrVersion = errors.New("unsupported TLS version")
	// ErrGap says that bytes are missing. The direction goes on behind them where
	// the finding is Lost, and does not where it is Stopped.
	ErrGap = errors.New("bytes are missing")
	// ErrAbsent says that the direction has no bytes: it was not captured.
	ErrAbsent = errors.New("nothing of this direction was captured")
	// ErrDamaged says that a record does not open, though those before it did.
	ErrDamaged = errors.New("the capture has other bytes than were sent")
	// ErrRenegotiation says that a TLS 1.2 connection renegotiates.
	ErrRenegotiation = errors.New("renegotiation is unsupported")
)
