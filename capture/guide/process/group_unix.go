//go:build unix

package process

import (
	"os/exec"
	"syscall"
)

// A group is the process group of a program, which has the program's id.
type group struct{}

func (*group) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = attributes()
	return cmd.Start()
}

// ask asks all of the group to end, as an operator would. There may be none left to ask.
func (*group) ask(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// kill ends all of the group.
func (*group) kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
