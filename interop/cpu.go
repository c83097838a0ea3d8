package interop

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"anytls-inspect/protocol"
)

// clockTick is the unit of CPU time in /proc, the same on all of Linux's usual
// machines (USER_HZ = 100).
const clockTick = 10 * time.Millisecond

// CPU returns the CPU time of all threads of the process so far, by the kernel's account,
// in whole clock ticks.
func (p *Process) CPU() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseStat(stat)
}

// parseStat adds up the fields utime and stime, the 14th and the 15th. The 2nd field, the
// program's name, stands in brackets, and may contain blanks and brackets.
func parseStat(stat []byte) (time.Duration, error) {
	const utime, stime = 14, 15
	const afterName = 3 // the field that follows the name
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= stime-afterName {
		return 0, fmt.Errorf("%.80q is not what /proc/PID/stat has", stat)
	}
	var ticks int64
	for _, at := range [...]int{utime, stime} {
		n, err := strconv.ParseInt(string(fields[at-afterName]), 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// cpuOf returns the CPU time that a client and a server have taken so far.
func cpuOf(client, server *Process) (took protocol.ByPeer[time.Duration], err error) {
	if took[protocol.Client], err = client.CPU(); err != nil {
		return took, err
	}
	took[protocol.Server], err = server.CPU()
	return took, err
}
