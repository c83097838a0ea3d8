//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

// noFollow makes an open fail where the last part of the path is a link.
const noFollow = syscall.O_NOFOLLOW

// unlinked tells whether a file has no name any more: what is in it is lost.
func unlinked(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && st.Nlink == 0
}
