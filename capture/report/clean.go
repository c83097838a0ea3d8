package report

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

const (
	// maxText is how much of a text from outside is shown, in runes.
	maxText = 300
	// maxSentence is how much of an incident's sentence is shown: behind a text it says
	// what followed.
	maxSentence = 1000
)

// clip returns the beginning of a text, with an ellipsis where that is not all of it.
func clip(s string) string { return clipTo(s, maxText) }

// clipTo does what clip does for a text of another length.
func clipTo(s string, most int) string {
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// clean returns a text from outside as one line that is safe to show. It is for the logs
// and errors of peers: text from the journal is safe already, and stays as it is.
func clean(s string) string { return cleanTo(s, maxText) }

// cleanTo does what clean does for a text of another length.
func cleanTo(s string, most int) string {
	var b strings.Builder
	for _, r := range clipTo(strings.TrimSpace(s), most) {
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

// cleanLine does what clean does for a line of a log. What it says stands at its end: of a line
// that is too long it leaves out what is in the middle.
func cleanLine(s string) string {
	const before, behind = maxText / 3, maxText - maxText/3
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > maxText {
		s = string(runes[:before]) + "…" + string(runes[len(runes)-behind:])
	}
	return cleanTo(s, maxText+1)
}

// CheckText says why a report can't show a text as it is: it is more than a short line, or has
// what does not show. A report cleans such a text; who gave it had better know before.
func CheckText(s string) error {
	switch {
	case utf8.RuneCountInString(s) > maxText:
		return fmt.Errorf("it is longer than %d characters", maxText)
	case !utf8.ValidString(s):
		return errors.New("it is not UTF-8")
	}
	for _, r := range s {
		if !protocol.IsPrint(r) {
			return fmt.Errorf("it holds %U, which does not show", r)
		}
	}
	return nil
}
