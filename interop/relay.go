package interop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// A Relay is a running anytls-inspect relay, as a program whose output is read line by line.
type Relay struct {
	Addr string

	events *Events
	cmd    *exec.Cmd
	log    string        // the path of what it writes to standard error
	done   chan struct{} // closed when it has ended and all its output was read
	err    error         // how it ended; valid once done is closed
}

// password is that of all sessions in these tests.
const password = "interop"

// A RelayMode says what the relay does besides relaying.
type RelayMode struct {
	// Binary is the program; empty: the one that is built for users.
	Binary string
	// Listen is where clients connect; empty: on loopback, over IPv4.
	Listen string
	// Heartbeat is the time between two heartbeats that the relay injects into each
	// session, toward either side; 0: none.
	Heartbeat time.Duration
	// Flags are further flags.
	Flags []string
	// Lines also gets all that the relay prints. It may be nil.
	Lines io.Writer
}

// StartRelay starts the relay in front of server. It keeps its files in dir, among them its
// CA. It runs until [Relay.Stop] or [Relay.Kill], or at the latest until ctx ends. A goroutine
// waits for the program, and ends with it.
func StartRelay(ctx context.Context, dir, server string, mode RelayMode) (*Relay, error) {
	binary := mode.Binary
	if binary == "" {
		var err error
		if binary, err = fromRun(relayVar); err != nil {
			return nil, err
		}
	}
	// A server's log is to be that of the sessions.
	args := []string{"relay", "-l", cmp.Or(mode.Listen, "127.0.0.1:0"), "-s", server, "-k", "-o", "json", "--no-preflight"}
	if mode.Heartbeat > 0 {
		args = append(args, "--heartbeat", mode.Heartbeat.String()+",both")
	}
	r := &Relay{events: NewEvents(), log: filepath.Join(dir, "relay.log"), done: make(chan struct{})}
	log, err := os.Create(r.log)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the program has its own
	r.cmd = exec.CommandContext(ctx, binary, append(args, mode.Flags...)...)
	r.cmd.Env = append(r.cmd.Environ(), "NO_COLOR=1", "XDG_CONFIG_HOME="+dir, "ANYTLS_PASSWORD="+password)
	r.cmd.Stdout, r.cmd.Stderr = r.events.behind(mode.Lines), log
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		r.err = r.cmd.Wait()
		close(r.done)
	}()
	tally, err := r.Wait(ctx, func(t Tally) bool { return t.Listen != "" })
	if err != nil {
		r.Kill()
		return nil, fmt.Errorf("the relay does not say where it listens: %w", err)
	}
	r.Addr = tally.Listen
	return r, nil
}

// Wait returns the tally of the relay's events as soon as wanted is true of it. It returns an
// error if ctx or the relay ends before that.
func (r *Relay) Wait(ctx context.Context, wanted func(Tally) bool) (Tally, error) {
	for {
		tally, moved := r.events.now()
		if wanted(tally) {
			return tally, nil
		}
		select {
		case <-moved:
		case <-r.done:
			return tally, fmt.Errorf("the relay ended: %w\n%s", cmp.Or(r.err, errInOrder), r.Log())
		case <-ctx.Done():
			return tally, ctx.Err()
		}
	}
}

var errInOrder = errors.New("exit code 0")

// Stop asks the relay to end, as an operator would, and waits until it has. It returns an
// error if the relay does not end, had ended before, or has another exit code than 0.
func (r *Relay) Stop(ctx context.Context) error {
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("the relay can't be told to end: %w\n%s", err, r.Log())
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	select {
	case <-r.done:
	case <-ctx.Done():
		r.Kill()
		return fmt.Errorf("the relay did not end on SIGTERM: %w\n%s", ctx.Err(), r.Log())
	}
	if r.err != nil {
		return fmt.Errorf("the relay ended on SIGTERM, but not with exit code 0: %w\n%s", r.err, r.Log())
	}
	return nil
}

// Kill ends the relay at once and waits until it is gone. It does nothing where the relay has
// ended already.
func (r *Relay) Kill() {
	// The only error says that it is gone already.
	_ = r.cmd.Process.Kill()
	<-r.done
}

// Log returns what the relay wrote to standard error, for error messages.
func (r *Relay) Log() string { return lastOf(r.log) }

// maxTail is how many bytes of a log are shown: programs log each connection, and the last
// lines say why one died.
const maxTail = 8 << 10

// lastOf returns the end of a log, or why it can't be read.
func lastOf(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-maxTail):])
}

// settling is the longest wait for the last heartbeats: more than the relay's own timeout
// of 3 s.
const settling = 15 * time.Second

// Finish waits until it is known what became of the heartbeats under way. Then it ends the
// relay as an operator would, and returns the tally of its events. A relay that ended at
// once could count a lost heartbeat as cut off.
func (r *Relay) Finish(ctx context.Context) (Tally, error) {
	before := r.events.Tally()
	settled, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	_, late := r.Wait(settled, func(now Tally) bool { return now.Settled(before) })
	if late != nil {
		late = fmt.Errorf("heartbeats neither answered nor lost after %v: %w", settling, late)
	}
	if err := r.Stop(ctx); err != nil {
		return r.events.Tally(), err
	}
	return r.events.Tally(), late
}
