package rule

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"anytls-inspect/capture/expression"
	"anytls-inspect/protocol"
)

// An Error says what is wrong with the text of a rule, and where.
type Error struct {
	File string // the file's name; empty where the rule stands in none
	Line int    // in the file, from 1
	Text string // the rule's line, as written
	At   int    // the place in Text, in bytes
	// What says what is wrong, and Allowed, in lines, what may stand there; it can be empty.
	What, Allowed string
}

const (
	// maxShown is how much of a rule's text an error shows on either side of the place.
	maxShown = 60
	// maxWhat is how many characters an error says what is wrong in: that may quote the text.
	maxWhat = 1000
)

// Error returns the error in lines: what is wrong, the rule's text with a caret below the
// place, and what is allowed there. It is printable.
func (e *Error) Error() string {
	var b strings.Builder
	at := min(max(e.At, 0), len(e.Text))
	column := utf8.RuneCountInString(e.Text[:at]) + 1
	if e.File != "" {
		fmt.Fprintf(&b, "%s:%d:%d: ", shown(e.File), e.Line, column)
	} else {
		fmt.Fprintf(&b, "column %d: ", column)
	}
	what := []rune(shown(e.What))
	if len(what) > maxWhat {
		what = append(what[:maxWhat], '…')
	}
	b.WriteString(string(what))
	before, behind := shown(e.Text[:at]), shown(e.Text[at:])
	if n := utf8.RuneCountInString(before); n > maxShown {
		before = "…" + string([]rune(before)[n-maxShown:])
	}
	if n := utf8.RuneCountInString(behind); n > maxShown {
		behind = string([]rune(behind)[:maxShown]) + "…"
	}
	fmt.Fprintf(&b, "\n  %s%s\n  %s^", before, behind, strings.Repeat(" ", expression.Cells(before)))
	if e.Allowed != "" {
		for line := range strings.SplitSeq(e.Allowed, "\n") {
			b.WriteString("\n  " + shown(line))
		}
	}
	return b.String()
}

// shown returns text as a terminal can show it. It is [protocol.Printable], but leaves
// backslashes as they are, so that a rule looks as it was written.
func shown(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == '\\' || protocol.IsPrint(r) && r != utf8.RuneError:
			b.WriteRune(r)
		default:
			b.WriteString(protocol.Printable(text[i : i+size]))
		}
		i += size
	}
	return b.String()
}
