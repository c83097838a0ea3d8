package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// stdio is the standard input, output and error, which tests replace. Standard
// output carries only the output; all else goes to standard error. No write to standard
// error waits. One to standard output waits, but not after a signal.
type stdio struct {
	in   io.Reader
	out  *patientWriter
	err  *stderr
	late chan struct{} // closed when a signal leaves no time to print more
}

func newStdio(in io.Reader, out, err io.Writer) *stdio {
	return &stdio{in: in, out: newPatientWriter(out), err: newStderr(err), late: make(chan struct{})}
}

// hurryAfter has the process end within a second of the end of ctx, as far as that is up
// to standard output and error. It is called once.
func (s *stdio) hurryAfter(ctx context.Context) {
	context.AfterFunc(ctx, func() {
		s.out.limitAll(endPatience)
		s.err.queue.out.limitAll(endPatience)
		time.AfterFunc(endPatience, func() { close(s.late) })
	})
}

// untilSignal takes over the signals: the context that it returns ends with the first
// SIGINT or SIGTERM. SIGHUP, which says that the terminal is gone, ends it too, but not
// under nohup. A second signal ends the process at once. So does the first before
// untilSignal: a command calls it when it has opened and read what may never come, such
// as a pipe that a flag names.
func (s *stdio) untilSignal(ctx context.Context) context.Context {
	ctx, stop := signal.NotifyContext(ctx, endSignals()...)
	context.AfterFunc(ctx, stop)
	s.hurryAfter(ctx)
	return ctx
}

// endSignals returns the signals that end a run.
func endSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
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
	return isTerminal(s.in) && isTerminal(s.out.file)
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
