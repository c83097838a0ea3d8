//go:build unix

package process

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAsk: the answer is what a program writes anywhere, whatever its exit code; it has nothing to read,
// and of the environment not what nobody needs.
func TestAsk(t *testing.T) {
	t.Setenv("SECRET", "secret")
	for _, tt := range []struct{ name, script, want string }{
		{"both outputs", "echo a; echo b >&2; echo c; exit 3", "a\nb\nc\n"},
		{"its arguments", `echo "$0 $1"`, "b c\n"},
		{"no input", "read x || echo end", "end\n"},
		{"environment", `echo "$SECRET-$NO_COLOR"; test -n "$PATH" && echo path`, "-1\npath\n"},
		{"killed", "echo a; kill -9 $$", "a\n"},
		{"nothing", "exit 1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer, err := Ask(t.Context(), "/bin/sh", "-c", tt.script, "b", "c")
			if err != nil || answer != tt.want {
				t.Errorf("%q, %v; want %q", answer, err, tt.want)
			}
		})
	}
}

// TestAskIsBounded: a program that never stops talking is told to.
func TestAskIsBounded(t *testing.T) {
	answer, err := Ask(t.Context(), "/bin/sh", "-c", "while echo talk; do :; done")
	if err != nil || len(answer) != maxAnswer || strings.Trim(answer, "talk\n") != "" {
		t.Errorf("%d bytes, %v", len(answer), err)
	}
}

// TestAskEnds: where nobody waits any more, the program ends with all that it has started, and its
// answer is what it has said.
func TestAskEnds(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	asked := make(chan string)
	go func() {
		answer, err := Ask(ctx, "/bin/sh", "-c", `echo said; exec 3>"$0"; sleep 1000 & echo started >&3; wait`, pipe)
		if err != nil {
			answer = err.Error()
		}
		asked <- answer
	}()
	f, err := os.Open(pipe) // until the program opens it
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	if line, err := in.ReadString('\n'); line != "started\n" {
		t.Fatal(line, err)
	}
	cancel()
	if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 { // until nobody has it open
		t.Errorf("%q, %v", rest, err)
	}
	if answer := <-asked; answer != "said\n" {
		t.Errorf("the answer is %q", answer)
	}
}

// TestAskFails: what can't be run says why.
func TestAskFails(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/nowhere/interpreter\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "x"): "no such file or directory",
		script:                  "what runs it, an interpreter or a loader, is not found",
	} {
		if _, err := Ask(t.Context(), path); err == nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
