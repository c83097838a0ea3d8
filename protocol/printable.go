package protocol

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable returns text from the network in a form that is safe to print
// anywhere. Control characters, direction overrides and bytes that are not UTF-8
// become Go escapes such as \x1b, and a backslash becomes \\ . So nothing is lost,
// and nothing reaches a terminal as a command.
func Printable[T ~string | ~[]byte](text T) string {
	s := string(text)
	if isPrintable(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			const hex = "0123456789abcdef"
			b.WriteString(`\x` + string(hex[s[i]>>4]) + string(hex[s[i]&15]))
		case r == '\\':
			b.WriteString(`\\`)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		i += size
	}
	return b.String()
}

func isPrintable(s string) bool {
	for _, r := range s {
		if r == '\\' || r == utf8.RuneError || !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}
