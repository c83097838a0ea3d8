package screentest

import "strings"

// Evil is text that would do something to a terminal, or to who reads it.
const Evil = "a\x1b[2J\x1b]0;owned\x07\x1b[31m\u009b5mb\u202egnp.exe\u2066\u200d\r\n\t\x00\x7f\xff" +
	"例え広い文字列の名前がここに続く👩\u200d👩\u200d👧❤\ufe0f👍🏽e\u0301\u0301\u0301ก็\u034f\u115f\u3164\u2800"

// Unstyled takes a screen apart into its text and the sequences that set styles. Any other
// sequence stays in the text.
func Unstyled(screen string) (text string, styles []string) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(screen, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String(), styles
		}
		n := len(after) - len(strings.TrimLeft(after, "0123456789;:"))
		if n < len(after) && after[n] == 'm' {
			styles = append(styles, "\x1b["+after[:n+1])
			n++
		} else {
			b.WriteString("\x1b[")
			n = 0
		}
		screen = after[n:]
	}
}
