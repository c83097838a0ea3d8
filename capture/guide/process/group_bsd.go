//go:build unix && !linux

package process

import (
	"os/exec"
	"sync"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// settle waits until the program has ended, and kills what is left of its group. It returns how
// the program ended, and with the mutex locked. No new process gets the id of a group that has
// somebody left in it.
func (g *group) settle(cmd *exec.Cmd, mu *sync.Mutex) error {
	err := cmd.Wait()
	mu.Lock()
	g.kill(cmd)
	return err
}
