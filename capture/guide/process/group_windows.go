package process

import (
	"errors"
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A group is the job of a program: what the program starts belongs to it too, and all of it ends
// when this process does.
type group struct {
	job windows.Handle
}

func (g *group) start(cmd *exec.Cmd) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
		},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
		err = cmd.Start()
	}
	if err != nil {
		return errors.Join(err, windows.CloseHandle(job))
	}
	g.job = job
	var assigned error
	err = cmd.Process.WithHandle(func(handle uintptr) {
		assigned = windows.AssignProcessToJobObject(job, windows.Handle(handle))
	})
	if err = errors.Join(err, assigned); err != nil {
		_ = cmd.Process.Kill() // it may have ended
		return errors.Join(err, cmd.Wait(), windows.CloseHandle(job))
	}
	return nil
}

// ask presses Ctrl-Break in the program's console, which is ours. Where there is none, the
// program is not asked, and killed after a while.
func (*group) ask(cmd *exec.Cmd) {
	_ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(cmd.Process.Pid))
}

// kill ends all of the job.
func (g *group) kill(*exec.Cmd) { _ = windows.TerminateJobObject(g.job, 1) }

// settle waits until the program has ended, and kills what is left of its job. It returns how the
// program ended, and with the mutex locked.
func (g *group) settle(cmd *exec.Cmd, mu *sync.Mutex) error {
	err := cmd.Wait()
	mu.Lock()
	g.kill(cmd)
	return errors.Join(err, windows.CloseHandle(g.job))
}
