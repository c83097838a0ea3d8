//go:build unix

package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// A terminal is one of 80×24 in front of which the program runs. An emulator keeps what it
// shows.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	host   *os.File
	screen vt10x.Terminal
	over   chan struct{} // closed when the program has closed the terminal

	mu      sync.Mutex
	raw     strings.Builder
	changed chan struct{} // closed when something was written
}

// onTerminal starts a command on a terminal. What the command has as standard input or error
// already stays that. Where it has attributes of its own, they say whose the terminal is.
func onTerminal(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	const w, h = 80, 24
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "TMUX=", "NO_COLOR=")
	attributes := cmd.SysProcAttr
	if attributes == nil {
		attributes = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1} // standard output
	}
	host, err := pty.StartWithAttrs(cmd, &pty.Winsize{Rows: h, Cols: w}, attributes)
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{
		t: t, cmd: cmd, host: host, screen: vt10x.New(vt10x.WithSize(w, h)),
		over: make(chan struct{}), changed: make(chan struct{}),
	}
	go x.read() // until the program has ended, or its terminal
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = host.Close()
		<-x.over
	})
	return x
}

// read keeps what the program writes.
func (x *terminal) read() {
	defer close(x.over)
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

// blockedTerminal returns a terminal that takes nothing.
func blockedTerminal(t *testing.T) *os.File {
	t.Helper()
	host, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = host.Close(); _ = terminal.Close() })
	if _, err := term.MakeRaw(terminal.Fd()); err != nil { // as the screen does: else there is room again
		t.Fatal(err)
	}
	fill(t, terminal)
	return terminal
}

// frame is what is around and between the words of a text that the screen breaks.
var frame = regexp.MustCompile(`[\s│]+`)

// await waits until the screen shows a text, wherever it breaks it, and returns the screen
// without blanks.
func (x *terminal) await(text string) string {
	x.t.Helper()
	text = frame.ReplaceAllString(text, "")
	deadline := time.After(patience)
	for {
		x.mu.Lock()
		screen, changed := x.screen.String(), x.changed
		x.mu.Unlock()
		if squeezed := frame.ReplaceAllString(screen, ""); strings.Contains(squeezed, text) {
			return squeezed
		}
		select {
		case <-changed:
		case <-x.over:
			x.t.Fatalf("the program ended, and the screen has no %q:\n%s", text, screen)
		case <-deadline:
			x.t.Fatalf("the screen has no %q:\n%s", text, screen)
		}
	}
}

// press types keys.
func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := x.host.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// leaves waits for the end of the program, and returns its exit code, and what stays on the
// terminal when the screen is gone.
func (x *terminal) leaves() (code int, text string) {
	x.t.Helper()
	code = exitCode(x.t, x.cmd.Wait())
	<-x.over
	const restored = "\x1b[?1049l"
	raw := x.raw.String()
	at := strings.LastIndex(raw, restored)
	if at < 0 {
		x.t.Fatalf("the screen was not left: %q", raw)
	}
	return code, strings.ReplaceAll(ansi.Strip(raw[at+len(restored):]), "\r\n", "\n")
}

// leavesOnce checks that each of the texts stays on the terminal once, and in this order.
func leavesOnce(t *testing.T, left string, texts ...string) {
	t.Helper()
	rest := left
	for _, text := range texts {
		_, behind, found := strings.Cut(rest, text)
		if !found || strings.Count(left, text) != 1 {
			t.Errorf("%q stays %d times, or not in order:\n%s", text, strings.Count(left, text), left)
			continue
		}
		rest = behind
	}
}
