package process

import (
	"errors"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes: the program dies with this process, however that ends. What it has started itself
// does not.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// settle waits until the program has ended, and kills what is left of its group. It returns how
// the program ended, and with the mutex locked.
func (g *group) settle(cmd *exec.Cmd, mu *sync.Mutex) error {
	for errors.Is(unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
	mu.Lock()
	// While nobody has taken note of its end, the id of the program is that of its group alone.
	g.kill(cmd)
	return cmd.Wait()
}
