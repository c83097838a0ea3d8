package tlsrec

import "errors"

// The errors say why a record is not opened or sealed. They come wrapped, with what
// was seen.
var (
	// ErrSuite says that a cipher suite is not supported, such as one with CBC.
	ErrSuite = errors.New("unsupported cipher suite")
	// ErrOpen says that a record does not open: its key, or its number, is another.
	ErrOpen = errors.New("record does not open")
	// ErrUnexpected says that TLS does not allow a record or message where it is.
	ErrUnexpected = errors.New("unexpected TLS message")
)
