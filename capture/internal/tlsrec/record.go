package tlsrec

import "fmt"

// A ContentType says what a record carries (RFC 8446, section 5.1).
type ContentType uint8

// The content types.
const (
	ChangeCipherSpec ContentType = 20
	AlertRecord      ContentType = 21
	Handshake        ContentType = 22
	ApplicationData  ContentType = 23
)

// Lengths, in bytes.
const (
	// HeaderLen is the length of a record's header.
	HeaderLen = 5
	// MaxPlaintext is the most that a record carries.
	MaxPlaintext = 1 << 14
	// MaxRecord is the longest record on the wire, its header included: what
	// TLS 1.2 allows. TLS 1.3 allows no more than MaxRecord13.
	MaxRecord   = HeaderLen + MaxPlaintext + 2048
	MaxRecord13 = HeaderLen + MaxPlaintext + 256
	// MaxOverhead is the most by which a sealed record exceeds its plaintext,
	// padding apart.
	MaxOverhead = HeaderLen + 8 + tagLen
)

// RecordLen returns the length in bytes of the record that begins with header,
// its header included. header holds HeaderLen bytes at least.
func RecordLen(header []byte) int {
	return HeaderLen + int(header[3])<<8 + int(header[4])
}

// HeaderFault says why header can't begin a record of at most limit bytes, ""
// where it can. header holds HeaderLen bytes at least.
func HeaderFault(header []byte, limit int) string {
	switch n := RecordLen(header); {
	case header[0] < byte(ChangeCipherSpec) || header[0] > byte(ApplicationData):
		return fmt.Sprintf("a record of type %d", header[0])
	case header[1] != 3 || header[2] > 4:
		return fmt.Sprintf("a record of version %d.%d", header[1], header[2])
	case n > limit:
		return fmt.Sprintf("a record of %d bytes", n)
	}
	return ""
}
