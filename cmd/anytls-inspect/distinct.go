package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A namedFile is a file that a run writes, and what names it: a flag or a variable of the
// environment. The path is empty where it is not written.
type namedFile struct{ by, path string }

// checkDistinct tells where two outputs would be written to one file: one of them would be
// lost.
func checkDistinct(files ...namedFile) error {
	for i, a := range files {
		for _, b := range files[:i] {
			if a.path != "" && b.path != "" && sameFile(a.path, b.path) {
				return fmt.Errorf("%s and %s are one file, %s: one of the two would be lost", b.by, a.by, a.path)
			}
		}
	}
	return nil
}

// sameFile tells whether two paths lead to one file, which need not be there yet. A device
// such as /dev/null loses nothing by being written to twice.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB) && infoA.Mode()&fs.ModeDevice == 0
	}
	return resolved(a) == resolved(b)
}

// resolved returns the absolute path of a file, without links in the names of its folders
// where these are there.
func resolved(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	dir, name := filepath.Split(path)
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target
	}
	return filepath.Join(dir, name)
}
