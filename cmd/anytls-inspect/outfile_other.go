//go:build !unix

package main

import "io/fs"

// These are none: links and pipes in the file system are Unix's.
const noFollow, noWait = 0, 0

// keyboardName is the console's input, whatever standard input is.
const keyboardName = "CONIN$"

// unlinked tells whether a file has no name any more: elsewhere than on Unix a file that
// is open can't be removed.
func unlinked(fs.FileInfo) bool { return false }
