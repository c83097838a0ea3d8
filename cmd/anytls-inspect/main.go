package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// program is the program's name.
const program = "anytls-inspect"

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// A toldError makes the exit code 1, and has been told.
type toldError struct{ error }

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run runs the command line and returns its exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// A closed pipe is then an error of Write, and does not end the process. That of
	// standard output is none of the program.
	signal.Ignore(syscall.SIGPIPE)
	s := newStdio(stdin, stdout, stderr)
	defer s.err.queue.flush(blockedAfter)
	root := newRoot(s)
	root.SetArgs(args)
	command, err := root.ExecuteContextC(context.Background())
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, errClosedPipe):
		return exitDone
	case errors.As(err, &usage):
		if command.Name() == "help" {
			command = root
		}
		s.tell("%v\nSee '%s --help'.", err, command.CommandPath())
		return exitUsage
	case errors.As(err, new(toldError)):
		return exitFailed
	default:
		s.tell("%v", err)
		return exitFailed
	}
}
