package process

import (
	"errors"
	"time"
)

// ErrNoCPU says that the system has no account of CPU time that is fine enough.
var ErrNoCPU = errors.New("this system has no account of CPU time in nanoseconds")

// CPU returns the CPU time that all threads of a process, and of the processes below it, have
// taken so far, in nanoseconds. The time of threads that have ended is part of it; that of
// processes below which have ended is not, so it can become less.
func CPU(pid int) (time.Duration, error) { return cpu(pid, 0) }

// CPU returns the CPU time of the program, and of what it started, as [CPU] does. Processes of its
// group count, even if they are not below it any more.
func (p *Process) CPU() (time.Duration, error) {
	pid := p.pid()
	return cpu(pid, pid)
}
