//go:build unix

package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"anytls-inspect/tui/screentest"
)

// A terminal is one of 80×24 in front of which the program runs. An emulator keeps what it
// shows.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	host   *os.File
	screen *screentest.Screen
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
	x := &terminal{t: t, cmd: cmd, host: host, screen: screentest.Watch(host, w, h)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = host.Close()
		<-x.screen.Over()
	})
	return x
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
		screen, changed := x.screen.Look()
		if squeezed := frame.ReplaceAllString(screen, ""); strings.Contains(squeezed, text) {
			return squeezed
		}
		select {
		case <-changed:
		case <-x.screen.Over():
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
	<-x.screen.Over()
	const restored = "\x1b[?1049l"
	raw := x.screen.Raw()
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
