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

	"anytls-inspect/tui/program"
	"anytls-inspect/tui/screentest"
)

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

// showOn shows a run on a terminal. The channel gets what the screen returns.
func showOn(ctx context.Context, t *testing.T, x *screentest.Terminal, f *fakeRun, change ...func(*Options)) <-chan error {
	t.Helper()
	o := Options{
		Look: f.look, End: func() { close(f.ended) }, Clock: time.Now,
		Input: x.Program, Output: x.Program,
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
	t.Cleanup(func() { <-over }) // the test's context has ended by then
	return ended
}

// TestTerminal: the screen follows a run, takes keys, and leaves by itself when the run is
// done.
func TestTerminal(t *testing.T) {
	x := screentest.NewTerminal(t, 80, 24)
	f := newFakeRun(plan())
	over := showOn(t.Context(), t, x, f)
	x.Want("requests without the relay", "takes about 36s")
	f.show(middle())
	x.Want("8 of 8 datagrams came back, up to 8,000 B", "◐ UDP", "42.0ms")
	x.Press("\x1b[A") // up
	x.Want("▸ – what the peers logged", "stream 7 closed with 3 bytes unread")
	x.Press("\r")
	x.Want("enter list")
	x.Press("\r")
	x.Want("enter whole text")
	done := ended()
	done.Done = true
	f.show(done)
	if err := <-over; err != nil {
		t.Errorf("the end of the run returns %v", err)
	}
	x.Restored()
	if len(f.left) != 14 || f.left[0] != " pair" || !strings.HasPrefix(f.left[13], "  ✓ CPU time                      passed        1m10s all is well") {
		t.Errorf("the list that is left is %q", f.left)
	}
}

// TestTerminalEnd: Ctrl-C asks the run to end, and the screen waits for that; a second one does
// not.
func TestTerminalEnd(t *testing.T) {
	x := screentest.NewTerminal(t, 80, 24)
	f := newFakeRun(middle())
	ended := showOn(t.Context(), t, x, f)
	x.Want("throughput")
	x.Press("\x03")
	<-f.ended
	x.Want("ending: what runs ends in order")
	x.Press("\x03")
	if err := <-ended; err != nil {
		t.Errorf("the second Ctrl-C returns %v", err)
	}
	x.Restored()
}

// TestTerminalContext: the end of the context ends the screen.
func TestTerminalContext(t *testing.T) {
	x := screentest.NewTerminal(t, 80, 24)
	ctx, cancel := context.WithCancel(t.Context())
	ended := showOn(ctx, t, x, newFakeRun(middle()))
	x.Want("throughput")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the end of the context returns %v", err)
	}
	x.Restored()
}

// TestPanic: a screen that panics restores the terminal, and says so.
func TestPanic(t *testing.T) {
	x := screentest.NewTerminal(t, 80, 24)
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
	ended := showOn(t.Context(), t, x, f, func(o *Options) {
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
	x.Want("throughput")
	close(now)
	err = <-ended
	os.Stderr = stderr
	null.Close()
	if !errors.Is(err, program.ErrPanicked) {
		t.Errorf("the panic returns %v", err)
	}
	x.Restored()
}
