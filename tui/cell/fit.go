package cell

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"anytls-inspect/protocol"
)

// Harmless returns text that no terminal takes for a command, and of which all
// terminals agree how wide it is. Text of the journal is printable already, but
// Harmless does not rely on that: all text on the screen passes through it.
//
// It escapes what does not print. It also escapes a grapheme cluster of which
// some terminals draw the whole and others each code point, such as an emoji with
// a skin tone: one that is wider than expected pushes a row's end out of the
// screen.
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

// standsAlone tells whether a cluster stays one whatever stands before and
// behind it, since its neighbours may be escaped. A skin tone does not: it joins
// the letter before it.
func standsAlone(cluster string) bool {
	// The usual letters and signs do. This spares most text the search below.
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
		if !protocol.IsPrint(r) {
			return false
		}
	}
	return true
}

// Width returns how many cells a text takes. The text must be harmless.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Fit returns harmless text of exactly so many cells: cut with an ellipsis where
// it is too long, with spaces at its end where it is too short.
func Fit(s string, cells int) string {
	s, used := shorten(s, cells)
	return s + Blank(cells-used)
}

// FitRight is [Fit] with the spaces at the beginning, for numbers.
func FitRight(s string, cells int) string {
	s, used := shorten(s, cells)
	return Blank(cells-used) + s
}

// Fitting returns the first of some texts that has room in so many cells, and the last one
// where none has. They say one thing in fewer and fewer words, so that it need not be cut.
func Fitting(texts []string, cells int) string {
	last := ""
	for _, text := range texts {
		if last = text; Width(Harmless(text)) <= cells {
			break
		}
	}
	return last
}

// shorten returns harmless text of at most so many cells, and how many it takes.
// Text that is too long is cut with an ellipsis.
func shorten(s string, cells int) (short string, used int) {
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

// Blank returns n spaces, none where n is negative.
func Blank(n int) string {
	if n <= len(spaces) {
		return spaces[:max(n, 0)]
	}
	return strings.Repeat(" ", n)
}

// Wrap breaks text into harmless lines of at most so many cells. It breaks between
// words where that fills at least a third of a line. Where not even one character
// has room, the rest of the text is left out.
func Wrap(s string, cells int) []string {
	s = Harmless(s)
	var lines []string
	for Width(s) > cells {
		head := ansi.Truncate(s, cells, "")
		if head == "" {
			return lines
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

// Cut leaves at most n of the lines of a text, each of at most so many cells. The last one
// ends with an ellipsis where there are more.
func Cut(lines []string, n, cells int) []string {
	if len(lines) <= n || n <= 0 {
		return lines[:min(len(lines), max(n, 0))]
	}
	last, _ := shorten(lines[n-1]+" "+lines[n]+"…", cells)
	return append(lines[:n-1:n-1], last)
}
