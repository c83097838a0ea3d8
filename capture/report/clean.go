package report

import (
	"strconv"
	"strings"
	"unicode"
)

// maxText is how much of a text that came from elsewhere is shown, in runes.
const maxText = 300

// clip returns the beginning of a text, and an ellipsis where that is not all.
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

// clean returns a text that came from elsewhere as one line that is safe to
// show. Text from the journal is so already and stays as it is; this is for logs
// and errors of peers.
func clean(s string) string {
	var b strings.Builder
	for _, r := range clip(strings.TrimSpace(s)) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == unicode.ReplacementChar, strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
