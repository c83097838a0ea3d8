package process

import (
	"fmt"
	"slices"
	"strings"

	"anytls-inspect/protocol"
)

// A Failure says what is wrong with a program, and what it wrote last.
type Failure struct {
	Text  string
	Lines []string // printable; the last one is the newest
}

// Error returns the text, and below it the lines.
func (f *Failure) Error() string {
	if len(f.Lines) == 0 {
		return f.Text + "; it wrote nothing"
	}
	return f.Text + "; the end of its output:\n" + strings.Join(f.Lines, "\n")
}

const lastLines = 10 // of a program's output, that a Failure has

func (p *Process) failure(format string, args ...any) *Failure {
	text := p.name + " " + fmt.Sprintf(format, args...)
	return &Failure{Text: text, Lines: telling(tail(p.log, p.from), lastLines)}
}

// Last returns the last n of the lines. Where none of them is an error, the last one before them that
// is stands in the place of the first.
func (f *Failure) Last(n int) []string { return telling(f.Lines, n) }

// telling picks the last n lines, and where none of them says that it is an error, the last one
// before that does: some programs write where they were when they failed, below why.
func telling(lines []string, n int) []string {
	last := max(0, len(lines)-n)
	if slices.ContainsFunc(lines[last:], isTrouble) {
		return lines[last:]
	}
	for i := last - 1; i >= 0; i-- {
		if isTrouble(lines[i]) {
			return append([]string{lines[i]}, lines[last+1:]...)
		}
	}
	return lines[last:]
}

// Ended says how the program ended, with the last lines of its output: it is a [Failure]. It is
// nil while it runs, and where Stop ended it.
func (p *Process) Ended() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	if !p.byItself {
		return nil
	}
	return p.failure("ended by itself (%s)", p.how())
}

// how says how the program ended, once it has.
func (p *Process) how() string {
	state := p.cmd.ProcessState
	switch {
	case state == nil:
		return protocol.Printable(p.err.Error())
	case state.ExitCode() >= 0:
		return fmt.Sprintf("exit code %d", state.ExitCode())
	}
	return state.String() // "signal: killed"
}
