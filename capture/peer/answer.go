package peer

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// maxAnswer is how much is kept of what a server sends instead of frames, in bytes.
const maxAnswer = 512

// describe says what it is that a server sent instead of frames, in one printable line: the
// protocol, or the first line.
func describe(b []byte) string {
	line := firstLine(b)
	switch {
	case len(b) == 0:
		return "nothing"
	case isHTTP2(b):
		return "HTTP/2"
	case isTLSRecord(b):
		return "a record of TLS inside TLS"
	case line == "":
		return fmt.Sprintf("bytes that are no text, % x", b[:min(len(b), 8)])
	case !bytes.HasPrefix(b, []byte("HTTP/")):
		return line
	}
	if server := header(b, "Server"); server != "" {
		line += " (Server: " + server + ")"
	}
	return line
}

// isWhole tells whether there is enough of what a server sent to describe it: the head of an
// HTTP response, or a line of text.
func isWhole(b []byte) bool {
	switch {
	case len(b) >= maxAnswer:
		return true
	case bytes.HasPrefix(b, []byte("HTTP/")):
		return bytes.Contains(b, []byte("\n\r\n")) || bytes.Contains(b, []byte("\n\n"))
	default:
		return bytes.IndexByte(b, '\n') >= 0 || !isText(b)
	}
}

// firstLine returns the first line of a text, printable; "" where it is no text. An HTTP
// status line is one in any encoding.
func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if !isText(line) && !bytes.HasPrefix(line, []byte("HTTP/")) {
		return ""
	}
	return protocol.Printable(string(line))
}

// isText tells whether bytes are printable text and white space. The last character may be
// cut.
func isText(b []byte) bool {
	for len(b) > 0 && utf8.FullRune(b) {
		r, size := utf8.DecodeRune(b)
		space := r == '\t' || r == '\r' || r == '\n'
		if !protocol.IsPrint(r) && !space || r == utf8.RuneError && size == 1 {
			return false
		}
		b = b[size:]
	}
	return true
}

// header returns the value of a header of an HTTP response, as far as that is there.
func header(b []byte, name string) string {
	for line := range bytes.Lines(b) {
		if key, value, ok := strings.Cut(string(line), ":"); ok && strings.EqualFold(key, name) {
			return protocol.Printable(strings.TrimSpace(value))
		}
	}
	return ""
}

// isHTTP2 tells whether bytes begin as an HTTP/2 server's do: with a SETTINGS frame, which has
// no flags, stream 0, and six bytes a setting (RFC 9113, sections 3.4 and 6.5). Its first
// seven bytes pass for a Waste frame of a strange stream.
func isHTTP2(b []byte) bool {
	const header, settings = 9, 4
	return len(b) >= header && b[0] == 0 && (int(b[1])<<8|int(b[2]))%6 == 0 && b[3] == settings &&
		bytes.Equal(b[4:header], make([]byte, header-4))
}

// isTLSRecord tells whether bytes begin as a TLS record does.
func isTLSRecord(b []byte) bool {
	return len(b) >= 3 && b[0] >= 0x14 && b[0] <= 0x17 && b[1] == 3 && b[2] <= 4
}
