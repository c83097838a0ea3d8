package tui

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/screentest"
)

// showOn runs the program on a terminal and a goroutine, which ends with it. The channel gets what
// the program returns.
func showOn(ctx context.Context, t *testing.T, x *screentest.Terminal, m *Model, o Options) chan error {
	t.Helper()
	o.Output = x.Program
	if o.Input == nil {
		o.Input = x.Program
	}
	ended, over := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(over)
		ended <- run(ctx, m, o)
	}()
	// The test's context has ended by then.
	t.Cleanup(func() { <-over })
	return ended
}

func TestTerminal(t *testing.T) {
	x := screentest.NewTerminal(t, 120, 40)
	s := story(t)
	in := &lockedControl{}
	o := Options{Title: "relay 127.0.0.1:9443", Control: in, Clock: s.clock}
	began := time.Now()
	ended := showOn(t.Context(), t, x, newModel(s.j, o), o)
	x.Want("1 Sessions")
	first := time.Since(began)
	t.Logf("first screen after %v", first)
	// A library that asks the terminal and waits for its answer takes seconds.
	if first > 2*time.Second {
		t.Errorf("the first screen took %v", first)
	}
	x.Press("G")
	x.Want("anytls/0", "4 Heartbeats", "UpdatePadding")
	x.Await("that it asks for the Kitty keyboard protocol", func(_, raw string) bool { return strings.Contains(raw, "\x1b[>1u") })
	x.Press("h")
	x.Want("HeartRequest sent to session 5's server")
	x.Press("3")
	x.Press("\x1b[H") // home
	x.Press("\r")
	x.Want("auth preamble", "redacted; --show-secrets")
	x.Press("\x1b")
	x.Await("no detail", func(screen, _ string) bool { return !strings.Contains(screen, "6 Detail") })
	x.Resize(100, 28)
	x.Press("?")
	x.Want("inject a HeartRequest toward the server")
	x.Press("?q")
	x.Want("3 sessions are open")
	x.Press("y")
	if err := <-ended; err != nil {
		t.Errorf("quitting returns %v", err)
	}
	x.Restored()
	if got := in.count(); got != 1 {
		t.Errorf("injected %d times", got)
	}
}

func TestTerminalContext(t *testing.T) {
	x := screentest.NewTerminal(t, 80, 24)
	s := story(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Clock: s.clock}
	ended := showOn(ctx, t, x, newModel(s.j, o), o)
	x.Want("1 Sessions")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the end of the context returns %v", err)
	}
	x.Restored()
}

// TestPanic: a screen that panics restores the terminal, says so, and leaves the
// rest of the process alone.
func TestPanic(t *testing.T) {
	// The library writes a stack to standard error: not into the test's output.
	stderr := os.Stderr
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := screentest.NewTerminal(t, 80, 24)
	s := story(t)
	now := make(chan struct{})
	// After a panic, the library does not wait for the goroutine that reads a
	// terminal, and races with it: keys come from elsewhere here.
	keys, keyboard := io.Pipe()
	t.Cleanup(func() { keyboard.Close() })
	o := Options{Clock: s.clock, Input: keys, Match: func(*journal.Entry) bool {
		select {
		case <-now:
			panic("the screen's test of falling over")
		default:
			return true
		}
	}}
	os.Stderr = null
	ended := showOn(t.Context(), t, x, newModel(s.j, o), o)
	x.Want("1 Sessions")
	close(now)
	s.up(1, s.frame(protocol.SYN, 77, "")) // a frame of the chosen session that was not matched yet
	if _, err := keyboard.Write([]byte("3")); err != nil {
		t.Fatal(err)
	}
	err = <-ended
	os.Stderr = stderr
	null.Close()
	if !errors.Is(err, ErrPanicked) {
		t.Errorf("the panic returns %v", err)
	}
	x.Restored()
	s.close(1, session.ClosedByClient, "")
}

// A lockedControl is one that another goroutine uses too.
type lockedControl struct {
	mu sync.Mutex
	fakeControl
}

func (l *lockedControl) Inject(id capture.SessionID, in capture.Insert) (capture.Outcome, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fakeControl.Inject(id, in)
}

func (l *lockedControl) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.calls)
}
