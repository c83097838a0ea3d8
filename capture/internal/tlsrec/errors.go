package tlsrec

import "errors"

// Why a record is not opened or sealed. They come wrapped, with what was seen.
var (
	// ErrSuite: a cipher suite that is not opened, such as one with CBC.
	ErrSuite = errors.New("unsupported cipher suite")
	// ErrOpen: a record does not open: the key is another session's.
	ErrOpen = errors.New("record does not open")
	// ErrUnexpected: a record or message that TLS does not allow here.
	ErrUnexpected = errors.New("unexpected TLS message")
)
