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

// Lengths, in bytes (RFC 8446, sections 5.1 and 5.2; RFC 5246, section 6.2).
const (
	// HeaderLen is the length of a record's header.
	HeaderLen = 5
	// MaxPlaintext is the longest plaintext of a record.
	MaxPlaintext = 1 << 14
	// MaxRecord is the longest record that TLS 1.2 allows, header included.
	MaxRecord = HeaderLen + MaxPlaintext + 2048
	// MaxRecord13 is the longest record that TLS 1.3 allows, header included.
	MaxRecord13 = HeaderLen + MaxPlaintext + 256
	// MaxOverhead is by how much a record exceeds its plaintext at most, padding
	// apart, whatever its suite.
	MaxOverhead = HeaderLen + 8 + tagLen
)

// RecordLen returns the length in bytes of the record that begins with header,
// its header included. header holds HeaderLen bytes at least.
func RecordLen(header []byte) int {
	return HeaderLen + int(header[3])<<8 + int(header[4])
}

// HeaderFault says why header can't begin a record of at most limit bytes, "" where
// it can. header holds HeaderLen bytes at least.
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
