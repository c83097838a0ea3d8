// Package process starts programs that others give, each in a process group of its own, with
// their output in a file, and says what can be known of them: whether they listen, how they
// ended, what they wrote last, how much CPU time they took.
//
// A [Command] is checked, its placeholders are replaced, and [Start] starts it. One goroutine a
// program waits for its end, kills what the program leaves of its process group, and then closes
// [Process.Done]; whoever started the program ends that goroutine with [Process.Stop]. The
// program writes into the file itself: nothing here copies its output, and nothing bounds it. A
// mutex guards what Stop and that goroutine share, so that no signal is sent to a group whose id
// may be another's by then. [Ask] runs a program for the little that it says of itself, and leaves
// nothing behind when it returns.
package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"anytls-inspect/protocol"
)

// A Process is a program that was started.
type Process struct {
	name   string
	cmd    *exec.Cmd
	group  group
	log    string
	from   int64  // where in the file its own output begins
	config string // the configuration file; empty: none
	done   chan struct{}

	mu    sync.Mutex
	asked bool // to end, by Stop
	gone  bool // nothing of the group may be signalled any more

	// err and byItself are settled when done is closed.
	err      error
	byItself bool
}

// Start starts a command in its own process group, in the working directory of this process and
// with its environment, NO_COLOR=1, and the command's own. It has no standard input. The name is
// what errors call it; its standard output and error are appended to the file at log, which is
// created with mode 0600. A configuration file is written into Values.Dir, mode 0600, and is
// there until the program has ended.
//
// An error that is [exec.ErrNotFound] or [fs.ErrNotExist] says that there is no such program.
func Start(name string, c Command, v Values, log string) (*Process, error) {
	p := &Process{name: protocol.Printable(name), log: log, done: make(chan struct{})}
	if err := p.start(c, v); err != nil {
		p.removeConfig()
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return p, nil
}

func (p *Process) start(c Command, v Values) error {
	if err := c.Check(); err != nil {
		return err
	}
	table, err := v.table()
	if err != nil {
		return err
	}
	if err := p.writeConfig(c, v.Dir, table); err != nil {
		return err
	}
	table[config] = p.config
	words, env, err := c.expand(table)
	if err != nil {
		return err
	}
	path, err := find(words[0])
	if err != nil {
		return err
	}
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close() // the program has its own descriptor
	if stat, err := out.Stat(); err == nil {
		p.from = stat.Size()
	}
	p.cmd = exec.Command(path, words[1:]...)
	p.cmd.Args[0] = words[0] // some programs go by how they are called
	p.cmd.Env = append(append(os.Environ(), "NO_COLOR=1"), env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return fmt.Errorf("%s %w", protocol.Printable(words[0]), unable(path, err))
	}
	return nil
}

// run starts the program and waits for its end. It keeps its thread for as long: Linux ends a
// program that is to die with its parent when the thread ends that started it.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.group.start(p.cmd)
	started <- err
	if err != nil {
		return
	}
	p.err = p.group.settle(p.cmd, &p.mu)
	p.gone, p.byItself = true, !p.asked
	p.mu.Unlock()
	p.removeConfig()
	close(p.done)
}

// writeConfig writes the configuration file. It does not name itself: its path is not in the table.
func (p *Process) writeConfig(c Command, dir string, table map[string]string) error {
	if c.Config == "" {
		return nil
	}
	text, err := file(c.Config, table)
	if err != nil {
		return err
	}
	ending := filepath.Base(c.ConfigName)
	if c.ConfigName == "" {
		ending = config
	}
	// A name of its own, so that ends that share a folder don't share a configuration. Mode 0600.
	f, err := os.CreateTemp(dir, "*-"+strings.ReplaceAll(ending, "*", "_"))
	if err != nil {
		return fmt.Errorf("the configuration can't be written: %w", err)
	}
	p.config = f.Name()
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("the configuration can't be written: %w", err)
	}
	return nil
}

func (p *Process) removeConfig() {
	if p.config != "" {
		// It holds secrets. Where it can't be removed, it goes with the folder.
		_ = os.Remove(p.config)
	}
}

// find returns the path of a program.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	shown := protocol.Printable(name)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, exec.ErrDot):
		return "", fmt.Errorf("%s is not run from the working directory unless it is called ./%s: %w", shown, shown, exec.ErrNotFound)
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("%s is not found: %w", shown, exec.ErrNotFound)
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%s is not found: %w", shown, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR):
		return "", fmt.Errorf("%s is not a program that may be run: %w", shown, fs.ErrPermission)
	}
	return "", fmt.Errorf("%s can't be run: %w", shown, err)
}

// unable says why a program could not be started, without its name.
func unable(path string, err error) error {
	if _, missing := os.Stat(path); missing == nil && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("can't be run: what runs it, an interpreter or a loader, is not found: %w", fs.ErrNotExist)
	}
	return fmt.Errorf("can't be run: %w", err)
}

// Stop ends the program and all of its process group: it asks, and kills what has not ended soon
// after. A program that leaves its group is not ended. Stop returns when the program is gone. It
// may be called again.
func (p *Process) Stop() {
	const patience = 2 * time.Second
	p.signal(p.group.ask)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-p.done:
		return
	case <-late.C:
	}
	p.signal(p.group.kill)
	<-p.done
}

// Kill ends the program and all of its process group at once. It returns when the program is gone.
// It may be called at any time, also while Stop waits.
func (p *Process) Kill() {
	p.signal(p.group.kill)
	<-p.done
}

func (p *Process) signal(send func(*exec.Cmd)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		p.asked = true
		send(p.cmd)
	}
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// pid returns the process id.
func (p *Process) pid() int { return p.cmd.Process.Pid }

// Log returns the path of the file with its output.
func (p *Process) Log() string { return p.log }
