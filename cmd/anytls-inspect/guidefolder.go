package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A guideFolder is where the files of a run are: certificates, configurations, and what the
// programs wrote. Only the user can look into it.
type guideFolder struct {
	path  string // of the run's files, absolute
	base  string // absolute; what stays is moved here
	named bool   // the user named the base, where all stays
}

// openGuideFolder makes the folder of a run: in the one that the user named, which is made where
// it is not there, or where temporary files belong.
func openGuideFolder(named string) (f *guideFolder, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("a folder for the run's files: %w", err)
		}
	}()
	f = &guideFolder{named: named != ""}
	if f.named {
		f.base, err = filepath.Abs(named)
		if err == nil {
			err = os.Mkdir(f.base, 0o700)
		}
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
	} else {
		f.base, err = os.MkdirTemp("", program+"-guide-")
	}
	if err != nil {
		return nil, err
	}
	f.path, err = os.MkdirTemp(f.base, ".run-")
	return f, err
}

// outputExtension is that of the files with what programs wrote.
const outputExtension = ".log"

// close removes the files of the run, with the keys and passwords that are in them. What the
// programs wrote stays where somebody will look for it: in the folder that the user named, or
// where something failed. It returns the folder with what stays; empty: nothing does.
func (f *guideFolder) close(failed bool) (kept string, err error) {
	n := 0
	if f.named || failed {
		n, err = f.saveOutput()
	}
	if n > 0 || f.named {
		return f.base, errors.Join(err, os.RemoveAll(f.path))
	}
	return "", errors.Join(err, f.remove())
}

// remove removes all that was made for the run, but for what the user named.
func (f *guideFolder) remove() error {
	err := os.RemoveAll(f.path)
	if f.named {
		return err
	}
	if base := os.Remove(f.base); !errors.Is(base, fs.ErrNotExist) {
		err = errors.Join(err, base)
	}
	return err
}

// saveOutput moves what the programs wrote to the base. It returns how many files that is.
func (f *guideFolder) saveOutput() (n int, err error) {
	var errs []error
	err = filepath.WalkDir(f.path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || filepath.Ext(path) != outputExtension {
			return err
		}
		info, err := entry.Info()
		if err != nil || info.Size() == 0 {
			return err
		}
		name, err := filepath.Rel(f.path, path)
		if err != nil {
			return err
		}
		if err := os.Rename(path, filepath.Join(f.base, strings.ReplaceAll(name, string(filepath.Separator), "-"))); err != nil {
			errs = append(errs, err) // the others stay all the same
			return nil
		}
		n++
		return nil
	})
	return n, errors.Join(append(errs, err)...)
}
