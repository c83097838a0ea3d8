package protocol

import "bytes"

// IsOtherProtocol tells whether b, the first bytes that a client sent, can't be the
// beginning of a preamble. A preamble begins with a hash, which is as good as
// random, and so is not text: one hash in 10^13 is 32 printable bytes, and one in
// 10^9 begins with an HTTP method and a space. What else is told by its beginning is
// longer than that: a PROXY header, SSH, a TLS handshake inside of TLS.
//
// Once the answer is true for b, it is true for b with any bytes behind it.
func IsOtherProtocol(b []byte) bool {
	for _, method := range [...]string{
		"GET ", "PUT ", "PRI ", "POST ", "HEAD ", "TRACE ", "PATCH ", "DELETE ", "OPTIONS ", "CONNECT ",
		"PROXY ", ProxySignature, "SSH-2.0-",
	} {
		if bytes.HasPrefix(b, []byte(method)) {
			return true
		}
	}
	return len(b) >= 32 && isText(b[:32]) || isClientHello(b)
}

// ProxySignature is what a header of the PROXY protocol's version 2 begins with.
const ProxySignature = "\r\n\r\n\x00\r\nQUIT\n"

// isClientHello tells whether b begins with a TLS handshake: a record with the beginning
// of a ClientHello (RFC 8446, sections 4 and 5.1). One hash in 10^15 looks like it.
func isClientHello(b []byte) bool {
	return len(b) >= 11 && IsTLSRecord(b) && b[0] == 0x16 && b[5] == 1 && b[6] == 0 && b[9] == 3 && b[10] <= 3
}

// IsTLSRecord tells whether b begins with the type and the version of a TLS record (RFC
// 8446, section 5.1). Frames don't: they have no such commands.
func IsTLSRecord(b []byte) bool {
	return len(b) >= 3 && b[0] >= 0x14 && b[0] <= 0x17 && b[1] == 3 && b[2] <= 4
}

// IsHTTP2Settings tells whether the header of the server's first frame is none: HTTP/2's
// SETTINGS, with which a server of that begins, read as a frame (RFC 9113, section 6.5). Its
// length of three bytes, its type and its flags then seem to be a Waste frame's command and
// stream id. A Waste frame has stream id 0, so that none is taken for it.
func IsHTTP2Settings(h Header) bool {
	const settings, noFlags = 4, 0
	return h.Command == Waste && h.Length == 0 && h.Stream&0xffff == settings<<8|noFlags && h.Stream>>16%6 == 0
}

func isText(b []byte) bool {
	for _, c := range b {
		if (c < ' ' || c > '~') && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}
