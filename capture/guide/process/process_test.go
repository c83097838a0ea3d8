package process

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// logged returns what a program that has ended wrote.
func logged(t *testing.T, p *Process) string {
	t.Helper()
	ended(t, p)
	text, err := os.ReadFile(p.Log())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestStart(t *testing.T) {
	c := program(t, "say", "{password}", "x{listen_port}")
	p := start(t, c, Values{Password: "two words", Listen: "[::1]:80"})
	if got, want := logged(t, p), "two words\nx80\n"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	stat, err := os.Stat(p.Log())
	if err != nil {
		t.Fatal(err)
	}
	if mode := stat.Mode().Perm(); mode&0o077 != 0 {
		t.Errorf("others may read the log: %v", mode)
	}
}

func TestEnvironment(t *testing.T) {
	c := program(t, "environment")
	c.Env = append(c.Env, "EXTRA=at {socks}")
	p := start(t, c, Values{Socks: "127.0.0.1:1080"})
	if got, want := logged(t, p), "NO_COLOR=1\nEXTRA=at 127.0.0.1:1080\n0 EOF\n"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// The configuration is the program's while it runs, and nobody's after that.
func TestConfig(t *testing.T) {
	c := program(t, "read", "{config}")
	c.Config, c.ConfigName = `{"listen": "{listen}", "password": "{password}", "x": {a b}, "y": {unknown}}`, "over/there.json"
	dir := t.TempDir()
	p := start(t, c, Values{Dir: dir, Listen: "127.0.0.1:1", Password: "a\"b<\\"})
	want := `{"listen": "127.0.0.1:1", "password": "a\"b<\\", "x": {a b}, "y": {unknown}}` + "\n"
	if got := logged(t, p); got != want {
		t.Errorf("it reads %q, want %q", got, want)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

func TestNoProgram(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(text, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte("#!/no/such/interpreter\n"), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	tests := []struct {
		name string
		is   error
		says string
	}{
		{"no-such-program", exec.ErrNotFound, "server: no-such-program is not found"},
		{filepath.Join(dir, "nothing"), fs.ErrNotExist, "nothing is not found"},
		{text, fs.ErrPermission, "text is not a program that may be run"},
		{dir, fs.ErrPermission, "is not a program that may be run"},
		{script, fs.ErrNotExist, "what runs it"},
	}
	for _, tt := range tests {
		_, err := Start("server", Command{Words: []string{tt.name}}, Values{}, filepath.Join(dir, "log"))
		if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want one that is %v and says %q", tt.name, err, tt.is, tt.says)
		}
	}
}

// listens returns a program that listens.
func listens(t *testing.T) *Process {
	t.Helper()
	addr, err := FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, program(t, "listen", "{listen}"), Values{Listen: addr})
	if err := p.Ready(t.Context(), addr, patience); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReady(t *testing.T) {
	p := listens(t)
	if err := p.Ended(); err != nil {
		t.Error("it runs, and is said to have ended:", err)
	}
	p.Stop()
	p.Stop()
	if err := p.Ended(); err != nil {
		t.Error("it was stopped, and is said to have ended by itself:", err)
	}
}

// Where another program has the port, ours says so itself, and ends.
func TestPortIsTaken(t *testing.T) {
	taken := newPhone(t)
	p := start(t, program(t, "listen", "{listen}"), Values{Listen: taken.addr()})
	ended(t, p)
	err := p.Ready(t.Context(), taken.addr(), patience)
	if err == nil || !strings.Contains(err.Error(), "ended before it listened at "+taken.addr()+" (exit code 3)") ||
		!strings.Contains(err.Error(), "address already in use") {
		t.Errorf("Ready = %v", err)
	}
}

// A program that goes on in the background ends well, and is not what the run can watch.
func TestReadyInTheBackground(t *testing.T) {
	addr, err := FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, program(t, "say", "goes on"), Values{})
	ended(t, p)
	want := "program ended before it listened at " + addr + " (exit code 0: it has to stay in the foreground); "
	if err := p.Ready(t.Context(), addr, patience); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Ready = %v, want %q", err, want)
	}
}

func TestNeverReady(t *testing.T) {
	phone := newPhone(t)
	addr, err := FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, program(t, "call", phone.addr()), Values{})
	phone.answer()
	err = p.Ready(t.Context(), addr, 50*time.Millisecond)
	if want := "program does not listen at " + addr + " after 50ms; it wrote nothing"; err == nil || err.Error() != want {
		t.Errorf("Ready = %v, want %q", err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Ready(ctx, addr, patience); !errors.Is(err, context.Canceled) {
		t.Errorf("Ready = %v after the run was ended", err)
	}
}

func TestEnded(t *testing.T) {
	p := start(t, program(t, "fail", "one", "\x1b[31mtwo\x1b[0m", "\x07three"), Values{})
	ended(t, p)
	var failure *Failure
	if err := p.Ended(); !errors.As(err, &failure) {
		t.Fatalf("Ended = %v", err)
	}
	if want := "program ended by itself (exit code 7)"; failure.Text != want {
		t.Errorf("text %q, want %q", failure.Text, want)
	}
	if got, want := strings.Join(failure.Lines, "|"), `one|two|\athree`; got != want {
		t.Errorf("lines %q, want %q", got, want)
	}
}

// What an earlier program wrote into the same file is not said to be another's last words.
func TestLogOfTwo(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(log, []byte("an earlier one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Start("program", program(t, "fail", "mine"), Values{}, log)
	if err != nil {
		t.Fatal(err)
	}
	ended(t, p)
	if got, want := p.Ended().Error(), "program ended by itself (exit code 7); the end of its output:\nmine"; got != want {
		t.Errorf("Ended = %q, want %q", got, want)
	}
}

// Nothing is left where a program can't be started, and what is wrong is said.
func TestNotStarted(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	tests := []struct {
		command   Command
		log, says string
	}{
		{Command{Words: []string{"no-such-program", "{config}"}, Config: "secret"}, log, "client: no-such-program is not found"},
		{Command{Words: []string{"x", "{socks}"}}, log, "client: {socks} stands for nothing here"},
		{Command{Words: []string{"x", "{config}"}, Config: "{socks}"}, log, "client: the configuration's {socks} stands for nothing here"},
		{Command{Words: []string{"x"}, Env: []string{"A={b}"}}, log, "there is no placeholder {b}"},
		{program(t, "say"), filepath.Join(dir, "nowhere", "log"), "nowhere"},
	}
	for _, tt := range tests {
		if p, err := Start("client", tt.command, Values{Dir: dir}, tt.log); err == nil {
			p.Stop()
			t.Errorf("%q was started", tt.command.Words)
		} else if !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: %q does not say %q", tt.command.Words, err, tt.says)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

// Why a program failed is shown, though it writes much below it.
func TestLastWords(t *testing.T) {
	trace := strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12")
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"no error", trace, "3 4 5 6 7 8 9 10 11 12"},
		{"above", append([]string{"error: old", "panic: x", "goroutine 1"}, trace...), "panic: x 4 5 6 7 8 9 10 11 12"},
		{"among them", append(append([]string{"error: old"}, trace...), "error: new"), "4 5 6 7 8 9 10 11 12 error: new"},
		{"few", []string{"a"}, "a"},
		{"none", nil, ""},
	}
	for _, tt := range tests {
		if got := strings.Join(telling(tt.lines, lastLines), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	failure := Failure{Lines: append([]string{"Error: unknown argument"}, trace...)}
	if got := strings.Join(failure.Last(2), " "); got != "Error: unknown argument 12" {
		t.Errorf("of a Failure: %q", got)
	}
}
