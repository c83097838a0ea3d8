//go:build !unix

package main

// These are none: links and pipes in the file system are Unix's.
const noFollow, noWait = 0, 0
