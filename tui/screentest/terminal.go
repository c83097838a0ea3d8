package screentest

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A Terminal is a pseudo-terminal of the kernel, of a program on a goroutine of the test.
type Terminal struct {
	*Screen
	Program *os.File // the program's input and output

	t    *testing.T
	host *os.File // what is written to it are keys
}

// NewTerminal returns a terminal of w × h cells, which the environment tells the name of. It is closed
// when the test ends.
func NewTerminal(t *testing.T, w, h int) *Terminal {
	t.Helper()
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("TMUX", "")
	host, program, err := pty.Open()
	if err != nil {
		t.Fatalf("no pseudo-terminal here: %v", err)
	}
	x := &Terminal{Program: program, t: t, host: host}
	x.Resize(w, h)
	x.Screen = Watch(host, w, h)
	t.Cleanup(func() {
		_ = program.Close()
		_ = host.Close()
		<-x.Over()
	})
	return x
}

// Resize tells the program another size. The screen that is read stays as it is.
func (x *Terminal) Resize(w, h int) {
	x.t.Helper()
	if err := pty.Setsize(x.host, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		x.t.Fatal(err)
	}
}

// Await waits until the screen, or what was written to it, is as it should be.
func (x *Terminal) Await(what string, is func(shown, raw string) bool) {
	x.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		shown, changed := x.Look()
		if is(shown, x.Raw()) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			x.t.Fatalf("the terminal does not show %s:\n%s", what, shown)
		}
	}
}

// Want waits until the screen shows each of the texts.
func (x *Terminal) Want(texts ...string) {
	x.t.Helper()
	for _, text := range texts {
		x.Await(text, func(shown, _ string) bool { return strings.Contains(shown, text) })
	}
}

// Press types keys.
func (x *Terminal) Press(keys string) {
	x.t.Helper()
	if _, err := x.host.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// Restored waits until the terminal is as it was before.
func (x *Terminal) Restored() {
	x.t.Helper()
	x.Await("its own screen again", func(_, raw string) bool {
		last := func(sequence string) int { return strings.LastIndex(raw, sequence) }
		return last("\x1b[?1049h") >= 0 && last("\x1b[?1049l") > last("\x1b[?1049h") && last("\x1b[?25h") > last("\x1b[?25l")
	})
}
