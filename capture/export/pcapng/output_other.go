//go:build !unix

package pcapng

import "io/fs"

// openFlags returns none: links and pipes in the file system are Unix's.
func openFlags(string) int { return 0 }

// noReader tells whether err says that nobody reads a pipe.
func noReader(error) bool { return false }

// unlinked tells whether a file has no name any more: elsewhere than on Unix a file
// that is open can't be removed.
func unlinked(fs.FileInfo) bool { return false }
