package main

import (
	"fmt"
	"io"
	"os"

	"github.com/charmbracelet/x/term"
)

// stdio is the standard input, output and error, which tests replace. Standard
// output carries only the output; all else goes to standard error.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// stdioName stands for standard input or output where the name of a file is asked
// for.
const stdioName = "-"

// tell prints a line on standard error, behind the program's name.
func (s *stdio) tell(format string, args ...any) {
	fmt.Fprintf(s.err, program+": "+format+"\n", args...)
}

// terminal tells whether a person sits in front of standard input and output.
func (s *stdio) terminal() bool {
	in, ok := s.in.(*os.File)
	out, ok2 := s.out.(*os.File)
	return ok && ok2 && term.IsTerminal(in.Fd()) && term.IsTerminal(out.Fd())
}
