package rule

import (
	"fmt"
	"strconv"
	"strings"
)

// spaces stand between the words of a rule.
const spaces = " \t\r"

// A word is a part of a rule in front of its expression.
type word struct {
	text   string // as written, with its quotes
	at     int    // where it stands in the rule's text, in bytes
	quoted bool
}

// is tells whether a word is this one, without quotes.
func (w word) is(text string) bool { return !w.quoted && w.text == text }

// isOne tells whether a word is one of these, without quotes.
func (w word) isOne(texts ...string) bool {
	for _, t := range texts {
		if w.is(t) {
			return true
		}
	}
	return false
}

// split returns the words in front of "where", and where the expression behind it begins.
// Words are split as a script splits them (package script), and in a sequence at each
// semicolon, too.
func (p *parser) split() error {
	sequence := false
	for at := 0; ; {
		at += len(p.text[at:]) - len(strings.TrimLeft(p.text[at:], spaces))
		rest := p.text[at:]
		if rest == "" {
			return p.wrongAt(len(strings.TrimRight(p.text, spaces)), `a rule ends with "where" and an expression, such as where cmd == "SYNACK"`, `"where" is missing`)
		}
		if rest[0] == '"' {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return p.wrongAt(at, `a text stands in double quotes, with Go's escapes, such as "v=1\n"`, "the text does not end, or has an escape that Go does not know")
			}
			p.words = append(p.words, word{quoted, at, true})
			at += len(quoted)
			continue
		}
		if rest[0] == '#' {
			return p.wrongAt(at, "", "a comment stands in a line of its own")
		}
		end := strings.IndexAny(rest, spaces)
		if end < 0 {
			end = len(rest)
		}
		if semicolon := strings.IndexByte(rest[:end], ';'); sequence && semicolon >= 0 {
			end = max(semicolon, 1)
		}
		w := word{text: rest[:end], at: at}
		at += end
		if w.text == "where" {
			p.where = at
			p.words = append(p.words, w)
			return nil
		}
		p.words = append(p.words, w)
		sequence = sequence || len(p.words) == 1 && w.text == "sequence"
	}
}

// peek returns the next word. There is always one: the last is "where".
func (p *parser) peek() word { return p.words[0] }

// next takes the next word, but never the last.
func (p *parser) next() word {
	w := p.words[0]
	if len(p.words) > 1 {
		p.words = p.words[1:]
	}
	return w
}

// skip takes the next word if it is this one.
func (p *parser) skip(text string) bool {
	if !p.peek().is(text) || text == "where" {
		return false
	}
	p.words = p.words[1:]
	return true
}

// argument takes the next word, an argument of an action or a modifier.
func (p *parser) argument(what, allowed string) (word, error) {
	if p.ended() {
		return word{}, p.wrong(p.peek(), allowed, "%s is missing", what)
	}
	return p.next(), nil
}

// ended tells whether an action's arguments end here: a modifier, the next action of a
// sequence or the expression follows.
func (p *parser) ended() bool {
	return p.peek().isOne(modifiers[:]...) || p.peek().isOne("where", ";")
}

// modifiers are the words that say when a rule applies, and where it goes.
var modifiers = [...]string{"once", "times", "every", "with", "after", "for", "toward"}

// wrongAt returns the error that something is wrong at a place.
func (p *parser) wrongAt(at int, allowed, format string, args ...any) error {
	return &Error{Text: p.text, At: at, What: fmt.Sprintf(format, args...), Allowed: allowed}
}

// wrong returns the error that something is wrong with a word.
func (p *parser) wrong(w word, allowed, format string, args ...any) error {
	return p.wrongAt(w.at, allowed, format, args...)
}
