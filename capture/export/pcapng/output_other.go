//go:build !unix

package pcapng

import "io/fs"

// There are no flags: links and pipes in the file system are Unix's.
const (
	openFlags = 0
	noFollow  = 0
)

// noReader tells whether err says that nobody reads a pipe.
func noReader(error) bool { return false }

// unlinked tells whether a file has no name any more: elsewhere than on Unix a file
// that is open can't be removed.
func unlinked(fs.FileInfo) bool { return false }
