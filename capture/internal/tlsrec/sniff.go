package tlsrec

// A Start is what the first bytes of a TCP direction look like.
type Start uint8

// What they may look like.
const (
	StartUnknown     Start = iota // too few bytes to tell
	StartNotTLS                   // no TLS
	StartClientHello              // a ClientHello: the side that sent it is the client
	StartServerHello              // a ServerHello
	StartMidStream                // TLS records, but not a handshake's first
)

// Sniff tells what b, the first bytes of a direction, look like. It needs six
// bytes at most to tell.
func Sniff(b []byte) Start {
	// Each byte that is there is judged, so that the first wrong one tells.
	if len(b) > 0 && (b[0] < byte(ChangeCipherSpec) || b[0] > byte(ApplicationData)) ||
		len(b) > 1 && b[1] != 3 || len(b) > 2 && b[2] > 4 {
		return StartNotTLS
	}
	if len(b) < HeaderLen {
		return StartUnknown
	}
	n := RecordLen(b) - HeaderLen
	if n == 0 || n > MaxRecord-HeaderLen {
		return StartNotTLS
	}
	if ContentType(b[0]) != Handshake {
		return StartMidStream
	}
	switch {
	case len(b) == HeaderLen:
		return StartUnknown
	case b[HeaderLen] == msgClientHello:
		return StartClientHello
	case b[HeaderLen] == msgServerHello:
		return StartServerHello
	}
	return StartMidStream
}
