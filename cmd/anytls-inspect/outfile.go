package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"anytls-inspect/capture/export/pcapng"
)

// openOutput opens a file to write to, and makes it where it is not there. It follows no
// link in the last component of the path: who may make files in a shared folder could
// have a file of the user's overwritten. Nor does it wait for the reader of a named pipe.
func openOutput(path string, flags int, mode fs.FileMode) (*os.File, error) {
	if !pcapng.OwnDescriptor(path) {
		flags |= noFollow
	}
	f, err := os.OpenFile(path, flags|os.O_WRONLY|os.O_CREATE|noWait, mode)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return nil, fmt.Errorf("%s is a symbolic link, which is not followed: name the file that it leads to", path)
	case errors.Is(err, syscall.ENXIO):
		return nil, fmt.Errorf("%s is a pipe or a device that nobody reads: start its reader first", path)
	default:
		return f, err
	}
}
