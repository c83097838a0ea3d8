package expression

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A literal is a duration in a source.
type literal struct {
	text  string // as the user wrote it
	at    int    // where it begins, in bytes
	value time.Duration
	name  string // what stands for it in the masked source
	used  bool
}

// mask returns a source with a name in the place of each duration. A name has as many
// characters as what it stands for, and is one that is nowhere else in the source. All else
// stays byte for byte. What is wrong with a duration is an [*Error].
func mask(source string) (masked string, literals []*literal, err error) {
	var b strings.Builder
	name := rune(firstName)
	done := 0 // up to where b has the source
	for at := 0; at < len(source); {
		n := durationAt(source, at)
		if n == 0 {
			at += tokenAt(source, at)
			continue
		}
		text := source[at : at+n]
		value, err := time.ParseDuration(text)
		if err != nil {
			return "", nil, newError(source, at, "the duration "+text+" is too long: it can be some 290 years")
		}
		for strings.ContainsRune(source, name) {
			name++
		}
		l := &literal{text: text, at: at, value: value, name: strings.Repeat(string(name), utf8.RuneCountInString(text))}
		literals = append(literals, l)
		b.WriteString(source[done:at])
		b.WriteString(l.name)
		name++
		at += n
		done = at
	}
	b.WriteString(source[done:])
	return b.String(), literals, nil
}

// firstName is the first of the letters that names are made of: 42,000 follow that nobody
// writes in an expression.
const firstName = 0x20000

// durationAt returns how many bytes a duration has that begins at a place where a token
// begins; 0 where none does. Neither does one at the second number of 1.5s, nor in x.5s.
func durationAt(source string, at int) int {
	if at > 0 && source[at-1] == '.' && (at < 2 || source[at-2] != '.') {
		return 0
	}
	n := 0
	for {
		part := digits(source[at+n:])
		if part == 0 {
			break
		}
		if fraction := strings.TrimPrefix(source[at+n+part:], "."); len(fraction) < len(source[at+n+part:]) {
			if d := digits(fraction); d > 0 {
				part += 1 + d
			}
		}
		u := unit(source[at+n+part:])
		if u == 0 {
			return 0
		}
		n += part + u
	}
	if r, _ := utf8.DecodeRuneInString(source[at+n:]); n > 0 && !isWord(r) {
		return n
	}
	return 0
}

// digits returns how many digits text begins with.
func digits(text string) int { return len(text) - len(strings.TrimLeft(text, "0123456789")) }

// unit returns how many bytes the unit of a duration has that text begins with; 0 for none.
func unit(text string) int {
	for _, u := range [...]string{"ns", "us", "µs", "μs", "ms", "s", "m", "h"} {
		if strings.HasPrefix(text, u) {
			return len(u)
		}
	}
	return 0
}

// isWord tells whether Expr takes r for a part of a name.
func isWord(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// tokenAt returns how many bytes belong together at a place: those of a string, a comment, a
// name or a number; else those of one character.
func tokenAt(source string, at int) int {
	rest := source[at:]
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case strings.HasPrefix(rest, "//"):
		return upTo(rest, 2, "\n")
	case strings.HasPrefix(rest, "/*"):
		return upTo(rest, 2, "*/")
	case r == '`':
		return upTo(rest, 1, "`")
	case r == '"', r == '\'':
		return quoted(rest, byte(r))
	case r == '#', isWord(r):
		return size + words(rest[size:])
	default:
		return size
	}
}

// words returns how many bytes of a name text begins with.
func words(text string) int {
	return len(text) - len(strings.TrimLeftFunc(text, isWord))
}

// upTo returns how many bytes there are up to the end of what ends, from a place on; all
// where it never comes.
func upTo(text string, from int, end string) int {
	if i := strings.Index(text[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(text)
}

// quoted returns how many bytes a string has that text begins with.
func quoted(text string, quote byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		}
	}
	return len(text)
}

// unmask puts back the durations into a text about the masked source.
func unmask(text string, literals []*literal) string {
	for _, l := range literals {
		text = strings.ReplaceAll(text, l.name, l.text)
	}
	return text
}
