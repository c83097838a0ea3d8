package expression

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"

	"anytls-inspect/protocol"
)

// An Error says what is wrong with a source, or fails at a frame, and where.
type Error struct {
	Source string // as the user wrote it
	At     int    // where, in bytes from the source's beginning
	Reason string // why, in a line
}

func newError(source string, at int, reason string) *Error {
	return &Error{Source: source, At: min(max(at, 0), len(source)), Reason: shown(reason)}
}

// Error returns the reason, and below it the line of the source with an arrow to the place.
func (e *Error) Error() string {
	begin := strings.LastIndexByte(e.Source[:e.At], '\n') + 1
	end := len(e.Source)
	if n := strings.IndexByte(e.Source[e.At:], '\n'); n >= 0 {
		end = e.At + n
	}
	before := e.Source[begin:e.At]
	line, column := 1+strings.Count(e.Source[:begin], "\n"), 1+utf8.RuneCountInString(before)
	return fmt.Sprintf("%s (%d:%d)\n | %s\n | %s^", e.Reason, line, column, shown(e.Source[begin:end]), strings.Repeat(".", Cells(shown(before))))
}

// shown returns a line with as many characters, of which a terminal shows each.
func shown(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !protocol.IsPrint(r):
			return utf8.RuneError
		default:
			return r
		}
	}, line)
}

// explain returns an error of Expr about the masked source as one about the source.
func explain(err error, source string, literals []*literal) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	at, reason := 0, err.Error()
	var places *file.Error
	if errors.As(err, &places) {
		at, reason = offset(source, places.From), places.Message
	}
	reason, _, _ = strings.Cut(unmask(reason, literals), "\n")
	return newError(source, at, reason)
}

// offset returns where the nth character of a source begins, in bytes.
func offset(source string, nth int) int {
	for at := range source {
		if nth <= 0 {
			return at
		}
		nth--
	}
	return len(source)
}
