package protocol

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns text from the network in a form that is safe to print
// anywhere. What [IsPrint] does not let pass, and bytes that are not UTF-8, become Go
// escapes such as \x1b, and a backslash becomes \\ . So nothing is lost, nothing stays
// invisible, and nothing reaches a terminal as a command.
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
		case IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		i += size
	}
	return b.String()
}

func isPrintable(s string) bool {
	for _, r := range s {
		if r == '\\' || r == utf8.RuneError || !IsPrint(r) {
			return false
		}
	}
	return true
}

// IsPrint tells whether a rune shows. It is [strconv.IsPrint], which knows control
// characters, direction overrides and most of what takes no room, without what Unicode
// lets fonts leave out (Default_Ignorable_Code_Point) and without blanks: with these,
// two texts that differ would look the same.
func IsPrint(r rune) bool {
	const firstHidden = 0x34f // below it strconv's answer is enough
	if !strconv.IsPrint(r) {
		return false
	}
	return r < firstHidden || !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) && !isBlank(r)
}

// isBlank tells whether a rune is a letter or a symbol by its category, and drawn as
// nothing.
func isBlank(r rune) bool {
	switch r {
	case 0x2800, // BRAILLE PATTERN BLANK
		0x13441, 0x13442, // EGYPTIAN HIEROGLYPH FULL BLANK, HALF BLANK
		0x16fe4, // KHITAN SMALL SCRIPT FILLER
		0x1d159: // MUSICAL SYMBOL NULL NOTEHEAD
		return true
	default:
		return false
	}
}
