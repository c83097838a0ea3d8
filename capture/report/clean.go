package report

import (
	"strconv"
	"strings"
	"unicode"

	"anytls-inspect/protocol"
)

// maxText is how much of a text from outside is shown, in runes.
const maxText = 300

// clip returns the beginning of a text, with an ellipsis where that is not all of it.
func clip(s string) string {
	n := 0
	for i := range s {
		if n == maxText {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// clean returns a text from outside as one line that is safe to show. It is for the logs
// and errors of peers: text from the journal is safe already, and stays as it is.
func clean(s string) string {
	var b strings.Builder
	for _, r := range clip(strings.TrimSpace(s)) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == unicode.ReplacementChar, protocol.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
