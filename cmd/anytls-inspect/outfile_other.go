//go:build !unix

package main

import "io/fs"

// noFollow is nothing: links that anybody may make are Unix's.
const noFollow = 0

// unlinked tells whether a file has no name any more: elsewhere than on Unix a file that
// is open can't be removed.
func unlinked(fs.FileInfo) bool { return false }
