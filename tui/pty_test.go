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
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A terminal is a pseudo-terminal of the kernel. An emulator, which answers
// nothing, keeps the screen of what the program writes to it.
type terminal struct {
	t       *testing.T
	host    *os.File // what is written to it are keys
	program *os.File // the program's input and output
	screen  vt10x.Terminal

	mu      sync.Mutex
	raw     strings.Builder
	changed chan struct{} // closed when something was written
}

func newTerminal(t *testing.T, w, h int) *terminal {
	host, program, err := pty.Open()
	if err != nil {
		t.Fatalf("no pseudo-terminal here: %v", err)
	}
	if err := pty.Setsize(host, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		t.Fatal(err)
	}
	x := &terminal{
		t: t, host: host, program: program, screen: vt10x.New(vt10x.WithSize(w, h)), changed: make(chan struct{}),
	}
	read := make(chan struct{})
	// It ends when the clean-up below closes the host's end.
	go func() {
		defer close(read)
		b, kept := make([]byte, 1<<16), 0
		for {
			n, err := host.Read(b[kept:])
			if err != nil {
				return
			}
			n += kept
			x.mu.Lock()
			x.raw.Write(b[kept:n])
			// The emulator wants whole characters.
			whole := n
			for whole > 0 && n-whole < utf8.UTFMax && !utf8.Valid(b[:whole]) {
				whole--
			}
			_, _ = x.screen.Write(b[:whole])
			kept = copy(b, b[whole:n])
			close(x.changed)
			x.changed = make(chan struct{})
			x.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		program.Close()
		host.Close()
		<-read
	})
	return x
}

// await waits until the screen, or what was written to it, is as it should be.
func (x *terminal) await(what string, is func(screen, raw string) bool) {
	x.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		x.mu.Lock()
		screen, raw, changed := x.screen.String(), x.raw.String(), x.changed
		x.mu.Unlock()
		if is(screen, raw) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			x.t.Fatalf("the terminal does not show %s:\n%s", what, screen)
		}
	}
}

func (x *terminal) want(texts ...string) {
	x.t.Helper()
	for _, text := range texts {
		x.await(text, func(screen, _ string) bool { return strings.Contains(screen, text) })
	}
}

func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := x.host.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// restored waits until the terminal is as it was before.
func (x *terminal) restored() {
	x.t.Helper()
	x.await("its own screen again", func(_, raw string) bool {
		last := func(sequence string) int { return strings.LastIndex(raw, sequence) }
		return last("\x1b[?1049h") >= 0 && last("\x1b[?1049l") > last("\x1b[?1049h") && last("\x1b[?25h") > last("\x1b[?25l")
	})
}

// start runs the program on a goroutine, which ends with it. The channel gets what
// the program returns.
func (x *terminal) start(ctx context.Context, m *Model, o Options) chan error {
	o.Output = x.program
	if o.Input == nil {
		o.Input = x.program
	}
	ended, over := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(over)
		ended <- run(ctx, m, o)
	}()
	// The test's context has ended by then.
	x.t.Cleanup(func() { <-over })
	return ended
}

func TestTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("TMUX", "")
	x := newTerminal(t, 120, 40)
	s := story(t)
	in := &lockedControl{}
	o := Options{Title: "relay 127.0.0.1:9443", Control: in, Clock: s.clock}
	began := time.Now()
	ended := x.start(t.Context(), newModel(s.j, o), o)
	x.want("1 Sessions")
	first := time.Since(began)
	t.Logf("first screen after %v", first)
	// A library that asks the terminal and waits for its answer takes seconds.
	if first > 2*time.Second {
		t.Errorf("the first screen took %v", first)
	}
	x.press("G")
	x.want("anytls/0", "4 Heartbeats", "UpdatePadding")
	x.await("that it asks for the Kitty keyboard protocol", func(_, raw string) bool { return strings.Contains(raw, "\x1b[>1u") })
	x.press("h")
	x.want("HeartRequest sent to session 5's server")
	x.press("3")
	x.press("\x1b[H") // home
	x.press("\r")
	x.want("auth preamble", "redacted; --show-secrets")
	x.press("\x1b")
	x.await("no detail", func(screen, _ string) bool { return !strings.Contains(screen, "6 Detail") })
	if err := pty.Setsize(x.host, &pty.Winsize{Cols: 100, Rows: 28}); err != nil {
		t.Fatal(err)
	}
	x.press("?")
	x.want("inject a HeartRequest toward the server")
	x.press("?q")
	x.want("3 sessions are open")
	x.press("y")
	if err := <-ended; err != nil {
		t.Errorf("quitting returns %v", err)
	}
	x.restored()
	if got := in.count(); got != 1 {
		t.Errorf("injected %d times", got)
	}
}

func TestTerminalContext(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("TMUX", "")
	x := newTerminal(t, 80, 24)
	s := story(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Clock: s.clock}
	ended := x.start(ctx, newModel(s.j, o), o)
	x.want("1 Sessions")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the end of the context returns %v", err)
	}
	x.restored()
}

// TestPanic: a screen that panics restores the terminal, says so, and leaves the
// rest of the process alone.
func TestPanic(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("TMUX", "")
	// The library writes a stack to standard error: not into the test's output.
	stderr := os.Stderr
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := newTerminal(t, 80, 24)
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
	ended := x.start(t.Context(), newModel(s.j, o), o)
	x.want("1 Sessions")
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
	x.restored()
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
