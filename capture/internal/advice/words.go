package advice

import (
	"strings"
	"unicode/utf8"
)

// maxWords bounds the words of an error, in bytes. A peer can make them long: crypto/tls
// repeats the cipher suites that a client offers, and the names of a server's certificate.
const maxWords = 300

// Words returns the words of an error of a connection or of TLS. They are cut where a peer
// has made them long.
func Words(err error) string { return Cut(err.Error()) }

// Cut returns a text of a peer's, cut where it is too long for a line.
func Cut(text string) string {
	if len(text) <= maxWords {
		return text
	}
	cut := maxWords
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.TrimRight(text[:cut], " ,") + "…"
}
