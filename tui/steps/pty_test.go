//go:build unix

package steps

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

	"anytls-inspect/tui/program"
)

// A terminal is a pseudo-terminal of the kernel. An emulator, which answers nothing, keeps the
// screen of what the program writes to it.
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
	t.Helper()
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("TMUX", "")
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
	go x.read(read) // until the clean-up below closes the host's end
	t.Cleanup(func() {
		program.Close()
		host.Close()
		<-read
	})
	return x
}

// read keeps what the program writes.
func (x *terminal) read(over chan<- struct{}) {
	defer close(over)
	b, kept := make([]byte, 1<<16), 0
	for {
		n, err := x.host.Read(b[kept:])
		if err != nil {
			return
		}
		n += kept
		x.mu.Lock()
		x.raw.Write(b[kept:n])
		whole := n // the emulator wants whole characters
		for whole > 0 && n-whole < utf8.UTFMax && !utf8.Valid(b[:whole]) {
			whole--
		}
		_, _ = x.screen.Write(b[:whole])
		kept = copy(b, b[whole:n])
		close(x.changed)
		x.changed = make(chan struct{})
		x.mu.Unlock()
	}
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

// A fakeRun is a run that a test moves on.
type fakeRun struct {
	mu    sync.Mutex
	shown Shown
	left  []string      // what Run returned
	ended chan struct{} // closed when it was asked to end
}

func newFakeRun(s Shown) *fakeRun { return &fakeRun{shown: s, ended: make(chan struct{})} }

func (f *fakeRun) look() Shown {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shown
}

func (f *fakeRun) show(s Shown) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shown = s
}

func (f *fakeRun) list(left []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = left
}

// start shows a run on the terminal. The channel gets what the screen returns.
func (x *terminal) start(ctx context.Context, f *fakeRun, change ...func(*Options)) <-chan error {
	o := Options{
		Look: f.look, End: func() { close(f.ended) }, Clock: time.Now,
		Input: x.program, Output: x.program,
	}
	for _, c := range change {
		c(&o)
	}
	ended, over := make(chan error, 1), make(chan struct{})
	go func() { // until the screen leaves
		defer close(over)
		list, err := Run(ctx, o)
		f.list(list)
		ended <- err
	}()
	x.t.Cleanup(func() { <-over }) // the test's context has ended by then
	return ended
}

// TestTerminal: the screen follows a run, takes keys, and leaves by itself when the run is
// done.
func TestTerminal(t *testing.T) {
	x := newTerminal(t, 80, 24)
	f := newFakeRun(plan())
	over := x.start(t.Context(), f)
	x.want("requests without the relay", "takes about 36s")
	f.show(middle())
	x.want("8 of 8 datagrams came back, up to 8,000 B", "◐ UDP", "42.0ms")
	x.press("\x1b[A") // up
	x.want("▸ – what the peers logged", "stream 7 closed with 3 bytes unread")
	x.press("\r")
	x.want("enter list")
	x.press("\r")
	x.want("enter whole text")
	done := ended()
	done.Done = true
	f.show(done)
	if err := <-over; err != nil {
		t.Errorf("the end of the run returns %v", err)
	}
	x.restored()
	if len(f.left) != 14 || f.left[0] != " pair" || !strings.HasPrefix(f.left[13], "  ✓ CPU time                      passed        1m10s all is well") {
		t.Errorf("the list that is left is %q", f.left)
	}
}

// TestTerminalEnd: Ctrl-C asks the run to end, and the screen waits for that; a second one does
// not.
func TestTerminalEnd(t *testing.T) {
	x := newTerminal(t, 80, 24)
	f := newFakeRun(middle())
	ended := x.start(t.Context(), f)
	x.want("throughput")
	x.press("\x03")
	<-f.ended
	x.want("ending: what runs ends in order")
	x.press("\x03")
	if err := <-ended; err != nil {
		t.Errorf("the second Ctrl-C returns %v", err)
	}
	x.restored()
}

// TestTerminalContext: the end of the context ends the screen.
func TestTerminalContext(t *testing.T) {
	x := newTerminal(t, 80, 24)
	ctx, cancel := context.WithCancel(t.Context())
	ended := x.start(ctx, newFakeRun(middle()))
	x.want("throughput")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the end of the context returns %v", err)
	}
	x.restored()
}

// TestPanic: a screen that panics restores the terminal, and says so.
func TestPanic(t *testing.T) {
	x := newTerminal(t, 80, 24)
	// The library writes a stack to standard error: not into the test's output.
	stderr := os.Stderr
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	// After a panic, the library does not wait for the goroutine that reads a terminal, and
	// races with it: keys come from elsewhere here.
	keys, keyboard := io.Pipe()
	t.Cleanup(func() { keyboard.Close() })
	now := make(chan struct{})
	f := newFakeRun(middle())
	os.Stderr = null
	ended := x.start(t.Context(), f, func(o *Options) {
		o.Input = keys
		o.Look = func() Shown {
			select {
			case <-now:
				panic("the screen's test of falling over")
			default:
				return f.look()
			}
		}
	})
	x.want("throughput")
	close(now)
	err = <-ended
	os.Stderr = stderr
	null.Close()
	if !errors.Is(err, program.ErrPanicked) {
		t.Errorf("the panic returns %v", err)
	}
	x.restored()
}
