package expression

import (
	"unicode"

	"golang.org/x/text/width"
)

// Cells returns how many cells of a terminal a printable text takes, so that what points to a
// place from the line below stands under it.
func Cells(text string) (n int) {
	for _, r := range text {
		kind := width.LookupRune(r).Kind()
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me): // stands on the letter before it
		case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
