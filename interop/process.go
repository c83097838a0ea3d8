package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// A Process is a program under test: a peer or the relay.
type Process struct {
	name string
	cmd  *exec.Cmd
	log  *tail
	done chan struct{} // closed when it has ended and all its output was read
	err  error         // how it ended; valid once done is closed
}

// Start runs a program until [Process.Stop] or [Process.Kill], or at the latest until ctx
// ends. Its standard error goes to the log of [Process.Log]. Its standard output goes to
// stdout, or where that is nil to the same log. A goroutine waits for the program, and ends
// with it.
func Start(ctx context.Context, dir string, env []string, stdout io.Writer, name string, args ...string) (*Process, error) {
	p := &Process{name: name, log: &tail{}, done: make(chan struct{})}
	if stdout == nil {
		stdout = p.log
	}
	p.cmd = exec.CommandContext(ctx, name, args...)
	p.cmd.Dir = dir
	// People read the logs in the output of a test.
	p.cmd.Env = append(append(p.cmd.Environ(), "NO_COLOR=1"), env...)
	p.cmd.Stdout, p.cmd.Stderr = stdout, p.log
	// A pipe that a grandchild holds open must not hold up the test.
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Ready waits until something accepts connections at addr. It returns an error, with the
// log, if the process ends before that.
func (p *Process) Ready(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-again.C:
		case <-p.done:
			return fmt.Errorf("%s ended before it listened at %s: %w\n%s", p.name, addr, p.ended(), p.Log())
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen at %s: %w\n%s", p.name, addr, err, p.Log())
		}
	}
}

// Stop asks the process to end, as an operator would, and waits until it has. It returns an
// error if the process does not end, had ended before, or has another exit code than 0.
func (p *Process) Stop(ctx context.Context) error {
	select {
	case <-p.done:
		return fmt.Errorf("%s had ended by itself: %w\n%s", p.name, p.ended(), p.Log())
	default:
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("%s can't be told to end: %w", p.name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("%s did not end on SIGTERM: %w\n%s", p.name, ctx.Err(), p.Log())
	}
	if p.err != nil {
		return fmt.Errorf("%s ended on SIGTERM, but not with exit code 0: %w\n%s", p.name, p.err, p.Log())
	}
	return nil
}

// Kill ends the process at once and waits until it is gone. It does nothing where the
// process has ended already.
func (p *Process) Kill() {
	// The only error says that it is gone already.
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Log returns the end of what the process wrote, for error messages.
func (p *Process) Log() string { return p.log.String() }

// Done returns a channel that is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// ended returns how the process ended. It is never nil.
func (p *Process) ended() error {
	if p.err == nil {
		return errors.New("exit code 0")
	}
	return p.err
}

// A tail keeps the end of a log: peers log each connection, and the last lines say why a
// peer died.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const maxTail = 8 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if cut := len(t.text) - maxTail; cut > 0 {
		t.text = append(t.text[:0], t.text[cut:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
