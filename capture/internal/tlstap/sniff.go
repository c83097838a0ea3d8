package tlstap

import "anytls-inspect/capture/internal/tlsrec"

// A Start says what the first bytes of a TCP direction look like.
type Start uint8

// What the first bytes may look like.
const (
	StartUnknown     Start = iota // too few bytes to tell
	StartNotTLS                   // no TLS
	StartClientHello              // a ClientHello: the side that sent it is the client
	StartServerHello              // a ServerHello
	StartMidStream                // TLS records, but not a handshake's first
)

// Sniff returns what b, the first bytes of a direction, looks like. Six bytes are
// enough to tell.
func Sniff(b []byte) Start {
	// Each byte is judged as soon as it is there.
	if len(b) > 0 && (b[0] < byte(tlsrec.ChangeCipherSpec) || b[0] > byte(tlsrec.ApplicationData)) ||
		len(b) > 1 && b[1] != 3 || len(b) > 2 && b[2] > 4 {
		return StartNotTLS
	}
	if len(b) < tlsrec.HeaderLen {
		return StartUnknown
	}
	n := tlsrec.RecordLen(b) - tlsrec.HeaderLen
	if n == 0 || n > tlsrec.MaxRecord-tlsrec.HeaderLen {
		return StartNotTLS
	}
	if tlsrec.ContentType(b[0]) != tlsrec.Handshake {
		return StartMidStream
	}
	switch {
	case len(b) == tlsrec.HeaderLen:
		return StartUnknown
	case b[tlsrec.HeaderLen] == msgClientHello:
		return StartClientHello
	case b[tlsrec.HeaderLen] == msgServerHello:
		return StartServerHello
	}
	return StartMidStream
}
