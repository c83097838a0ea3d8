package advice

import (
	"bytes"
	"encoding/binary"
	"strings"

	"anytls-inspect/protocol"
)

// spokenByClient says of the first bytes of a client which protocol they are of, and what to
// do; "" where they may be TLS, or are of none that it knows. Of the bytes nothing is in it:
// they may be a secret.
func spokenByClient(first []byte) string {
	switch {
	case beginsWith(first, "\x16\x03"): // a handshake of TLS
		return ""
	case beginsWith(first, "PROXY ", protocol.ProxySignature):
		return "a PROXY protocol header stands before TLS: what stands before the relay sends it (haproxy: send-proxy; nginx: proxy_protocol); switch it off for the relay"
	case beginsWith(first, "CONNECT "):
		return "that is HTTP: the client takes the relay for an HTTP proxy; only an AnyTLS client may connect to it"
	case beginsWith(first, "PRI * HTTP/2"):
		return "that is HTTP/2 without TLS: only an AnyTLS client may connect here, with TLS on"
	case protocol.IsOtherProtocol(first):
		return "that is HTTP, or another protocol of text, without TLS: only an AnyTLS client may connect here, with TLS on"
	case isSOCKS5(first), len(first) >= 2 && first[0] == 4 && (first[1] == 1 || first[1] == 2):
		return "that is SOCKS: applications connect to the SOCKS port of their AnyTLS client, and only that client to the relay"
	case isSSLv2(first):
		return unmatched
	case isPreamble(first):
		return "that looks like AnyTLS without TLS: switch TLS on in the client"
	default:
		return ""
	}
}

// IsSOCKS tells whether the first bytes of a client are a greeting of SOCKS. It is shorter
// than what TLS has to see before it can tell that this is none of its own.
func IsSOCKS(first []byte) bool { return len(first) > 0 && (first[0] == 4 || first[0] == 5) }

// isSOCKS5 tells whether bytes are a greeting of SOCKS5: how many methods there are, and
// the methods (RFC 1928, section 3).
func isSOCKS5(first []byte) bool {
	return len(first) >= 3 && first[0] == 5 && len(first) == 2+int(first[1])
}

// isSSLv2 tells whether bytes are the ClientHello of SSLv2 (RFC 5246, section E.2).
func isSSLv2(first []byte) bool {
	return len(first) >= 5 && first[0]&0x80 != 0 && first[2] == 1 && (first[3] == 3 || first[3] == 0 && first[4] == 2)
}

// isPreamble tells whether bytes look like the preamble of AnyTLS, and what may follow it.
func isPreamble(first []byte) bool {
	const hash, fixed = 32, 34
	if len(first) < fixed {
		return false
	}
	padding, rest := int(binary.BigEndian.Uint16(first[hash:])), first[fixed:]
	switch {
	case len(rest) < padding:
		return false
	case len(rest) == padding:
		return true
	default:
		c := protocol.Command(rest[padding])
		return c == protocol.Settings || c == protocol.Waste
	}
}

// spokenByServer says of the first bytes of a server what they are; "" where they may be
// TLS, or are nothing that it knows.
func spokenByServer(first []byte) string {
	line, _, _ := bytes.Cut(first, []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	if len(line) < 4 || !isText(line) && !beginsWith(line, "HTTP/") { // that may be in any encoding
		return ""
	}
	what := "another protocol"
	switch {
	case beginsWith(line, "HTTP/"):
		what = "plain HTTP"
	case beginsWith(line, "SSH-"):
		what = "SSH"
	}
	return "the server speaks " + what + " there and not TLS (\"" + protocol.Printable(string(line[:min(len(line), maxLine)])) + "\")"
}

// maxLine bounds how much of a server's first line advice repeats, in bytes.
const maxLine = 80

// isText tells whether bytes are ASCII that can be printed.
func isText(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r > '~' })
}

func beginsWith(b []byte, beginnings ...string) bool {
	for _, beginning := range beginnings {
		if strings.HasPrefix(string(b[:min(len(b), len(beginning))]), beginning) {
			return true
		}
	}
	return false
}
