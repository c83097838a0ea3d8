package protocol

import "bytes"

// IsOtherProtocol tells whether b, the first bytes that a client sent, can't be the
// beginning of a preamble. A preamble begins with a hash, which is as good as
// random, and so is not text: one hash in 10^13 is 32 printable bytes, and one in
// 10^9 begins with an HTTP method and a space.
//
// Once the answer is true for b, it is true for b with any bytes behind it.
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
