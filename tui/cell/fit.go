package cell

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Harmless returns text such that no terminal takes it for a command, and all
// agree how wide it is. Text of the journal is printable already: this is the
// one door to the screen, and holds by itself. Beside what does not print, it
// escapes the clusters that are as wide as their code points together in one
// terminal and as wide as the whole in another (an emoji with a skin tone), or
// they would push a row's end out of the screen.
func Harmless(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		cluster, width := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		s = s[len(cluster):]
		if width > 0 && isPrint(cluster) && ansi.StringWidthWc(cluster) == width && standsAlone(cluster) {
			b.WriteString(cluster)
			continue
		}
		quoted := strconv.QuoteToASCII(cluster)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// standsAlone reports whether a cluster stays one, whatever is put before and
// behind it: what surrounded it may be escaped. A skin tone that follows a
// letter would become a part of it.
func standsAlone(cluster string) bool {
	r, size := utf8.DecodeRuneInString(cluster)
	common := r < 0x300 || r >= 0x2010 && r < 0x2c00 || r >= 0x30a0 && r < 0x3100 || r >= 0x4e00 && r < 0xa000
	if size == len(cluster) && common {
		return true
	}
	before, _ := ansi.FirstGraphemeCluster("x"+cluster, ansi.GraphemeWidth)
	behind, _ := ansi.FirstGraphemeCluster(cluster+"x", ansi.GraphemeWidth)
	return before == "x" && behind == cluster
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func isPrint(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}

// Width returns how many cells harmless text takes.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Fit returns text in exactly so many cells: harmless, cut with an ellipsis or
// filled up with spaces at its end.
func Fit(s string, cells int) string {
	s, used := Shorten(s, cells)
	return s + Blank(cells-used)
}

// FitRight is fit with the spaces at the beginning, for numbers.
func FitRight(s string, cells int) string {
	s, used := Shorten(s, cells)
	return Blank(cells-used) + s
}

// Shorten returns text in at most so many cells, and how many it takes.
func Shorten(s string, cells int) (short string, used int) {
	if cells <= 0 {
		return "", 0
	}
	s = Harmless(s)
	used = Width(s)
	if used <= cells {
		return s, used
	}
	s = ansi.Truncate(s, cells, "…")
	return s, Width(s)
}

const spaces = "                                                                                "

func Blank(n int) string {
	if n <= len(spaces) {
		return spaces[:max(n, 0)]
	}
	return strings.Repeat(" ", n)
}

// Wrap breaks text into lines of at most so many cells, between words where that
// does not leave a line almost empty.
func Wrap(s string, cells int) []string {
	s = Harmless(s)
	var lines []string
	for Width(s) > cells {
		head := ansi.Truncate(s, cells, "")
		if head == "" {
			return lines // not even one character has room
		}
		if s[len(head)] != ' ' {
			if at := strings.LastIndexAny(head, " /=;,") + 1; at > len(head)/3 {
				head = head[:at]
			}
		}
		lines = append(lines, strings.TrimRight(head, " "))
		s = strings.TrimLeft(s[len(head):], " ")
	}
	return append(lines, s)
}
