package protocol

import "bytes"

// IsOtherProtocol reports whether b, the first bytes that a client sent, can't
// be the beginning of an AnyTLS preamble. A preamble begins with a hash, which
// is as good as random; so text is not one: 32 printable bytes are met once in
// 10^13 hashes, and a known HTTP method with its space once in 10^9.
//
// However many more bytes follow b, the answer stays true once it is.
func IsOtherProtocol(b []byte) bool {
	for _, method := range [...]string{
		"GET ", "PUT ", "PRI ", "POST ", "HEAD ", "TRACE ", "PATCH ", "DELETE ", "OPTIONS ", "CONNECT ",
	} {
		if bytes.HasPrefix(b, []byte(method)) {
			return true
		}
	}
	return len(b) >= 32 && isText(b[:32])
}

func isText(b []byte) bool {
	for _, c := range b {
		if (c < ' ' || c > '~') && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}
