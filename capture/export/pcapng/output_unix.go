//go:build unix

package pcapng

import (
	"errors"
	"io/fs"
	"syscall"
)

// openFlags make an open fail where the last part of the path is a link, and where it
// is a pipe that nobody reads.
const openFlags = noFollow | syscall.O_NONBLOCK

// noFollow is the flag for the link alone.
const noFollow = syscall.O_NOFOLLOW

// noReader tells whether err says that nobody reads a pipe.
func noReader(err error) bool { return errors.Is(err, syscall.ENXIO) }

// unlinked tells whether a file has no name any more.
func unlinked(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}
