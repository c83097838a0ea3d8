// Package filter compiles the expressions that choose the frames to show, such as those
// of the flag -f. A reader of the journal asks the compiled filter about each entry.
package filter

import (
	"fmt"
	"strings"

	"anytls-inspect/capture/expression"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Filter is a compiled expression. It is for one goroutine at a time.
type Filter struct {
	source     string
	expression *expression.Expression
	failed     func(reason string) // nil once it was called
}

// Compile compiles an expression, such as
//
//	cmd == "PSH" && stream == 3
//	cmd startsWith "Heart" || len > 16000
//
// The source is in the Expr language, over the variables session, route, dir, cmd, code,
// stream, len, injected and absorbed. The error says where the source is wrong.
func Compile(source string) (*Filter, error) {
	compiled, err := expression.Compile(source, expression.Later)
	if err != nil {
		return nil, fmt.Errorf("filter %q: %w", source, err)
	}
	return &Filter{source: source, expression: compiled}, nil
}

// String returns the source.
func (f *Filter) String() string { return f.source }

// OnFailure sets what Match calls the first time that the expression fails, with one
// printable line: why, and at which frame.
func (f *Filter) OnFailure(tell func(reason string)) { f.failed = tell }

// Match tells whether the expression chooses a frame. It keeps no part of the entry. An
// expression can be well formed and fail at some frames, as where it divides by a stream
// that is 0. It does not choose these.
func (f *Filter) Match(e *journal.Entry) bool {
	chosen, err := f.expression.Match(&expression.Frame{
		Session: int(e.Session), Route: e.Route, Dir: e.Dir.String(), Cmd: e.Name(), Code: int(e.Header.Command),
		Stream: int(e.Header.Stream), Len: int(e.Header.Length),
		Injected: e.Fate.Made(), Absorbed: e.Fate.Kind == session.Absorbed,
	})
	if err != nil {
		f.fail(e, err)
		return false
	}
	return chosen
}

// fail tells of the first failure.
func (f *Filter) fail(e *journal.Entry, err error) {
	tell := f.failed
	if tell == nil {
		return
	}
	f.failed = nil
	reason, _, _ := strings.Cut(err.Error(), "\n") // then comes the source, with an arrow below
	tell(protocol.Printable(fmt.Sprintf("filter %q fails at %s of session %d (%s, stream %d, %d bytes): %s; frames at which it fails are not shown",
		f.source, e.Name(), e.Session, e.Dir, e.Header.Stream, e.Header.Length, reason)))
}
