package interop

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A Browser opens pages in Debian's Chromium, without a window and without a network.
type Browser struct{ home string }

// NewBrowser returns a Browser that keeps its profiles in dir. It returns an error where
// Chromium is not installed.
func NewBrowser(dir string) (*Browser, error) {
	if _, err := exec.LookPath("chromium"); err != nil {
		return nil, fmt.Errorf("chromium is not installed (apt-get install chromium): %w", err)
	}
	return &Browser{home: dir}, nil
}

// DOM opens the page in file and returns its document as it stands when all is loaded, and
// what the console says of it: errors of its scripts and styles, and what its policy forbids.
func (b *Browser) DOM(ctx context.Context, file string) (dom string, console []string, err error) {
	stdout, stderr, err := b.run(ctx, "--enable-logging=stderr", "--dump-dom", "file://"+file)
	for line := range strings.Lines(stderr) {
		// A line is "[process:thread:time:LEVEL:CONSOLE:line] text". All others are about
		// the machine: there is no bus, no battery, no screen.
		if head, text, found := strings.Cut(line, "] "); found && strings.Contains(head, ":CONSOLE") {
			console = append(console, strings.TrimSpace(text))
		}
	}
	return stdout, console, err
}

// PDF prints the page in file, on the paper that the page asks for.
func (b *Browser) PDF(ctx context.Context, file string) ([]byte, error) {
	dir, err := os.MkdirTemp(b.home, "print")
	if err != nil {
		return nil, err
	}
	to := filepath.Join(dir, "page.pdf")
	if _, stderr, err := b.run(ctx, "--no-pdf-header-footer", "--print-to-pdf="+to, "file://"+file); err != nil {
		return nil, err
	} else if _, err := os.Stat(to); err != nil {
		return nil, fmt.Errorf("chromium printed nothing: %w\n%s", err, stderr)
	}
	return os.ReadFile(to)
}

// run runs Chromium with a profile of its own, for a minute or two at most: while other tests
// take the machine, it is slow to start. All its processes end with it.
func (b *Browser) run(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	profile, err := os.MkdirTemp(b.home, "profile")
	if err != nil {
		return "", "", err
	}
	always := []string{
		"--headless", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + profile, "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		"--host-resolver-rules=MAP * ~NOTFOUND",
	}
	if os.Geteuid() == 0 {
		always = append(always, "--no-sandbox") // it refuses to start as root with one
	}
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "chromium", append(always, args...)...)
	cmd.Env = append(cmd.Environ(), "HOME="+profile, "XDG_CONFIG_HOME="+profile, "XDG_CACHE_HOME="+profile)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		return "", "", fmt.Errorf("chromium: %w\n%s", err, log.Bytes())
	}
	return out.String(), log.String(), nil
}
