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
	lookup     lookup
	frame      expression.Frame // reused; what is not looked up stays empty
}

// Compile compiles an expression, such as
//
//	cmd == "PSH" && stream == 3
//	cmd startsWith "Heart" || len > 16000
//	target contains "bank" && rtt > 50ms
//
// The language and its fields are those of package expression. The error says where the source
// is wrong.
func Compile(source string) (*Filter, error) {
	compiled, err := expression.Compile(source, expression.Later)
	if err != nil {
		return nil, fmt.Errorf("filter %q: %w", source, err)
	}
	return &Filter{source: source, expression: compiled, lookup: newLookup(compiled)}, nil
}

// Over sets the journal whose entries Match is asked about. What an entry does not say itself
// is looked up there. Where there is none, fields that are known only there are empty, and so
// are those of [Filter.NeedsFacts] where the journal keeps none.
func (f *Filter) Over(j *journal.Journal) { f.lookup.journal = j }

// NeedsFacts tells whether the expression uses fields that the journal must keep for it, by
// [journal.Limits].Facts.
func (f *Filter) NeedsFacts() bool { return f.lookup.facts }

// String returns the source.
func (f *Filter) String() string { return f.source }

// OnFailure sets what Match calls the first time that the expression fails, with one
// printable line: why, and at which frame.
func (f *Filter) OnFailure(tell func(reason string)) { f.failed = tell }

// Match tells whether the expression chooses a frame. It keeps no part of the entry. An
// expression can be well formed and fail at some frames, as where it divides by a stream
// that is 0. It does not choose these.
func (f *Filter) Match(e *journal.Entry) bool {
	frame := &f.frame
	frame.Session, frame.Route, frame.Dir, frame.Cmd, frame.Code = int(e.Session), e.Route, e.Dir.String(), e.Name(), int(e.Header.Command)
	frame.Stream, frame.Len, frame.Preamble = int(e.Header.Stream), int(e.Header.Length), e.Preamble
	frame.Rule, frame.Injected, frame.Absorbed = int(e.Fate.Rule), e.Fate.Made(), e.Fate.Kind == session.Absorbed
	if f.lookup.wanted {
		f.lookup.fill(frame, e)
	}
	chosen, err := f.expression.Match(frame)
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
