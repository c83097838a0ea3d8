package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/charmbracelet/x/term"
)

// stdio is the standard input, output and error, which tests replace. Standard
// output carries only the output; all else goes to standard error. No write to standard
// error waits. One to standard output waits, but not after a signal.
type stdio struct {
	in  io.Reader
	out *patientWriter
	err *stderr
}

// newStdio returns the standard input, output and error of a process that has to end
// within a second of the end of ctx.
func newStdio(ctx context.Context, in io.Reader, out, err io.Writer) *stdio {
	s := &stdio{in: in, out: newPatientWriter(out), err: newStderr(err)}
	context.AfterFunc(ctx, func() {
		s.out.limitAll(endPatience)
		s.err.queue.out.limitAll(endPatience)
	})
	return s
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
	out, ok2 := s.out.file.(*os.File)
	return ok && ok2 && term.IsTerminal(in.Fd()) && term.IsTerminal(out.Fd())
}

// screenFile returns the terminal that the screen is drawn on.
func (s *stdio) screenFile() io.Writer {
	if f, ok := s.out.file.(*os.File); ok {
		return &screenFile{file: f, out: s.out}
	}
	return s.out
}

// A screenFile is a terminal that can stand still without holding up the end of the
// screen. It has what the screen needs of a file to know it for a terminal.
type screenFile struct {
	file *os.File
	out  *patientWriter
}

// Write implements [io.Writer].
func (f *screenFile) Write(b []byte) (int, error) { return f.out.Write(b) }

// Read implements [io.Reader].
func (f *screenFile) Read(b []byte) (int, error) { return f.file.Read(b) }

// Close implements [io.Closer].
func (f *screenFile) Close() error { return f.file.Close() }

// Fd returns the terminal's descriptor.
func (f *screenFile) Fd() uintptr { return f.file.Fd() }
