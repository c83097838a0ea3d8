package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// spaces stand between words. A text may have Windows' line ends.
const spaces = " \t\r"

// A word is a part of a line.
type word struct {
	text   string
	quoted bool // it stands in quotes, and is text whatever it says
}

// A line is the words that are still to be read of one.
type line []word

// split returns the words of a line.
func split(text string) (line, error) {
	var words line
	for {
		text = strings.TrimLeft(text, spaces)
		switch {
		case text == "" || text[0] == '#':
			return words, nil
		case text[0] == '"':
			quoted, err := strconv.QuotedPrefix(text)
			if err != nil {
				return nil, errors.New("a quoted text does not end, or has an escape that Go does not know")
			}
			unquoted, _ := strconv.Unquote(quoted) // it has a quoted string's form
			words, text = append(words, word{unquoted, true}), text[len(quoted):]
		default:
			end := strings.IndexAny(text, spaces)
			if end < 0 {
				end = len(text)
			}
			words, text = append(words, word{text: text[:end]}), text[end:]
		}
	}
}

// skip takes the next word if it is text, without quotes.
func (l *line) skip(text string) bool {
	if len(*l) == 0 || (*l)[0] != (word{text: text}) {
		return false
	}
	*l = (*l)[1:]
	return true
}

// next takes the next word. what says what is missing where there is none.
func (l *line) next(what string) (word, error) {
	if len(*l) == 0 {
		return word{}, fmt.Errorf("%s is missing", what)
	}
	first := (*l)[0]
	*l = (*l)[1:]
	return first, nil
}

// number takes the next word, a number of so many bits.
func (l *line) number(what string, bits int) (uint64, error) {
	w, err := l.next(what)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(w.text, 10, bits)
	if err != nil {
		return 0, fmt.Errorf("%s is %q, want a number up to %d", what, w.text, uint64(1)<<bits-1)
	}
	return n, nil
}

// end fails where words are left.
func (l *line) end() error {
	if len(*l) > 0 {
		return fmt.Errorf("%q is not understood here", (*l)[0].text)
	}
	return nil
}

// isPlain tells whether text can stand as a word without quotes, and be read by a
// person.
func isPlain(text string) bool {
	return text != "" && text[0] != '#' && text[0] != '"' && !strings.Contains(text, " ") && isReadable(text)
}

// isReadable tells whether all of text can be read by a person as it is.
func isReadable(text string) bool {
	for _, r := range text {
		if !protocol.IsPrint(r) {
			return false
		}
	}
	return utf8.ValidString(text)
}

// appendWord appends text as a word, behind a space.
func appendWord(dst []byte, text string) []byte {
	dst = append(dst, ' ')
	if isPlain(text) {
		return append(dst, text...)
	}
	return appendQuoted(dst, text)
}

// appendQuoted appends text in quotes. What a font may leave out becomes an escape, too.
func appendQuoted(dst []byte, text string) []byte {
	hidden := func(r rune) bool { return strconv.IsPrint(r) && !protocol.IsPrint(r) }
	if strings.ContainsFunc(text, hidden) {
		return strconv.AppendQuoteToASCII(dst, text)
	}
	return strconv.AppendQuote(dst, text)
}
