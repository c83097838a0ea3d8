//go:build unix

package advice

import "syscall"

// descriptorLimit returns how many file descriptors the process may have; 0: it is not known.
func descriptorLimit() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(limit.Cur) //nolint:unconvert // some systems have it signed
}
