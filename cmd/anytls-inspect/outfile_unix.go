//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

const (
	// noFollow makes an open fail where the last part of the path is a link.
	noFollow = syscall.O_NOFOLLOW
	// noWait makes an open fail where it is a pipe that nobody reads.
	noWait = syscall.O_NONBLOCK
)

// keyboardName is the terminal of the process, whatever its standard input is.
const keyboardName = "/dev/tty"

// unlinked tells whether a file has no name any more: what is in it is lost.
func unlinked(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && st.Nlink == 0
}
