//go:build unix

package pcapng

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
)

// openFlags returns what makes an open fail where the last part of the path is a link, and
// where it is a pipe that nobody reads. The links to the descriptors of this process, as the
// shell's >(command) names one, are the system's: nobody else can make them.
func openFlags(path string) int {
	switch dir := filepath.Dir(path); {
	case path == "/dev/stdout", path == "/dev/stderr", dir == "/dev/fd", dir == "/proc/self/fd":
		return syscall.O_NONBLOCK
	default:
		return syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	}
}

// noReader tells whether err says that nobody reads a pipe.
func noReader(err error) bool { return errors.Is(err, syscall.ENXIO) }

// unlinked tells whether a file has no name any more.
func unlinked(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}
