package process

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	askPatience = 3 * time.Second
	maxAnswer   = 64 << 10 // bytes of what a program says of itself
)

// Ask runs a program for what it says of itself, such as with --version, and returns what it writes to
// standard output and error, cut at 64 KiB, whatever its exit code is. The answer may hold anything.
// The program has a process group of its own, no standard input, and of the environment only what
// programs need to run. It is ended after 3 s, or when ctx ends, and the answer is what it said until
// then. An error says that it can't be run, and why, without the program's name in front.
func Ask(ctx context.Context, path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	answer := &bounded{left: maxAnswer}
	cmd := exec.Command(path, args...)
	cmd.Env = bareEnvironment()
	cmd.Stdout, cmd.Stderr = answer, answer
	// Who left the group may hold the output open.
	cmd.WaitDelay = askPatience / 10
	// Linux ends a program that is to die with its parent when the thread ends that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var g group
	if err := g.start(cmd); err != nil {
		return "", unable(path, err)
	}
	var mu sync.Mutex
	gone := false // nothing of the group may be signalled any more
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		if !gone {
			g.kill(cmd)
		}
	})
	defer stop()
	_ = g.settle(cmd, &mu) // a program may fail, and have said all the same what it is
	gone = true
	mu.Unlock()
	return answer.String(), nil
}

// bareEnvironment is what programs need of the environment to run, without the secrets that others of
// its variables hold.
func bareEnvironment() []string {
	env := []string{"NO_COLOR=1"}
	for _, name := range [...]string{
		"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
		"USERPROFILE", "TEMP", "TMP", "PATHEXT", "COMSPEC", "SYSTEMROOT", "LOCALAPPDATA", "APPDATA",
	} {
		if value, is := os.LookupEnv(name); is {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// bounded keeps the beginning of what is written. What writes more than that is told to stop.
type bounded struct {
	text strings.Builder
	left int
}

// Write implements [io.Writer].
func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.text.Write(p[:n])
	b.left -= n
	if n < len(p) {
		return n, errors.New("that is enough")
	}
	return n, nil
}

// String returns what was kept.
func (b *bounded) String() string { return b.text.String() }
