package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// cpu adds up the CPU time of a process, of those below it, and of those of a process group; no
// group: 0.
func cpu(pid, group int) (time.Duration, error) {
	const highest = 1 << 22 // PID_MAX_LIMIT of the kernel; above it, the clock below is another's
	if pid <= 0 || pid > highest {
		return 0, fmt.Errorf("there is no process %d", pid)
	}
	sum, err := cpuOf(pid)
	if err != nil {
		if _, gone := os.Stat(procPath(pid)); gone != nil {
			return 0, fmt.Errorf("there is no process %d", pid)
		}
		return 0, ErrNoCPU
	}
	others, err := family(pid, group)
	if err != nil {
		return 0, err
	}
	for _, other := range others {
		if took, err := cpuOf(other); err == nil { // else it ended meanwhile
			sum += took
		}
	}
	return sum, nil
}

// cpuOf returns the kernel's own account of one process: what /proc/PID/task/*/schedstat says of
// all its threads, with those that have ended, and up to now where they run.
func cpuOf(pid int) (time.Duration, error) {
	// See MAKE_PROCESS_CPUCLOCK in the kernel's posix-timers_types.h.
	const sched = 2
	var at unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|sched), &at); err != nil {
		return 0, err
	}
	return time.Duration(at.Nano()), nil
}

// A relation is what /proc says of where a process belongs.
type relation struct{ pid, parent, group int }

// family returns the processes below one, and those of a group, without itself.
func family(pid, group int) ([]int, error) {
	names, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var all []relation
	for _, name := range names {
		id, err := strconv.Atoi(name.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(procPath(id) + "/stat")
		if err != nil {
			continue // it ended meanwhile
		}
		if r, ok := parseStat(stat); ok {
			r.pid = id
			all = append(all, r)
		}
	}
	return related(all, pid, group), nil
}

// related picks from all those below pid and those of the group. A child may have a lower id
// than its parent.
func related(all []relation, pid, group int) []int {
	in := map[int]bool{pid: true}
	var found []int
	for grown := true; grown; {
		grown = false
		for _, r := range all {
			if !in[r.pid] && (in[r.parent] || group != 0 && r.group == group) {
				in[r.pid], grown = true, true
				found = append(found, r.pid)
			}
		}
	}
	return found
}

// parseStat takes the 4th and the 5th field of /proc/PID/stat. The 2nd one, the program's name,
// stands in brackets, and may contain blanks and brackets.
func parseStat(stat []byte) (relation, bool) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 3 {
		return relation{}, false
	}
	parent, err1 := strconv.Atoi(string(fields[1]))
	group, err2 := strconv.Atoi(string(fields[2]))
	return relation{parent: parent, group: group}, err1 == nil && err2 == nil
}

func procPath(pid int) string { return "/proc/" + strconv.Itoa(pid) }
