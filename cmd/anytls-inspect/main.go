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

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run runs the command line and returns its exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// A closed pipe is then an error of Write, and does not end the process. That of
	// standard output is none of the program.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := untilSignal(context.Background())
	defer stop()

	s := newStdio(ctx, stdin, stdout, stderr)
	defer s.err.queue.flush(blockedAfter)
	root := newRoot(s)
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, errClosedPipe):
		return exitDone
	case errors.As(err, &usage):
		s.tell("%v\nSee '%s --help'.", err, command.CommandPath())
		return exitUsage
	default:
		s.tell("%v", err)
		return exitFailed
	}
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. SIGHUP,
// which says that the terminal is gone, ends it too, but not under nohup. A second
// signal ends the process at once.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(ctx, signals...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
