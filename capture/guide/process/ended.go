package process

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

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
	return &Failure{Text: p.name + " " + fmt.Sprintf(format, args...), Lines: tail(p.log, p.from, lastLines)}
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

// Ready waits until something accepts TCP connections at addr. It returns an error, with the last
// lines of the program's output, if the program ends before that, or within is over, or ctx ends.
func (p *Process) Ready(ctx context.Context, addr string, within time.Duration) error {
	limit, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(limit, "tcp", addr)
		if err == nil {
			err = conn.Close()
		}
		select {
		case <-p.done:
			return p.failure("ended before it listened at %s (%s)", addr, p.how())
		default:
		}
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-p.done: // the next turn says so
		case <-limit.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return p.failure("does not listen at %s after %v", addr, within)
		}
	}
}
