//go:build unix

package main

import "syscall"

const (
	// noFollow makes an open fail where the last part of the path is a link.
	noFollow = syscall.O_NOFOLLOW
	// noWait makes an open fail where it is a pipe that nobody reads.
	noWait = syscall.O_NONBLOCK
)
