package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// guideFolders are where the files of a run are. Only the user can look into them.
type guideFolders struct {
	base  string // absolute; what stays is in it
	named bool   // the user named the base, where all stays
	pairs []*guideFolder
}

// A guideFolder is where the files of a pair are: certificates, configurations, and what the
// programs wrote.
type guideFolder struct {
	path  string // of the pair's files, absolute
	base  string // absolute; what stays is moved here
	name  string // of the base, where that is this pair's alone; else empty
	named bool   // all stays
	kept  bool   // something stayed
}

// openGuideFolders makes the folders of a run: in the one that the user named, which is made where
// it is not there, or where temporary files belong. Each pair has one of its name in it; one that is
// alone has that itself, and no name.
func openGuideFolders(named string, pairs []string) (f *guideFolders, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("a folder for the run's files: %w", err)
		}
	}()
	f = &guideFolders{named: named != ""}
	if f.named {
		f.base, err = filepath.Abs(named)
		if err == nil {
			err = makeFolder(f.base)
		}
	} else {
		f.base, err = os.MkdirTemp("", program+"-guide-")
	}
	if err != nil {
		return nil, err
	}
	for _, name := range pairs {
		pair, err := openGuideFolder(f.base, name, f.named)
		if err != nil {
			return nil, errors.Join(err, f.remove())
		}
		f.pairs = append(f.pairs, pair)
	}
	return f, nil
}

// openGuideFolder makes the folder of a pair.
func openGuideFolder(base, name string, named bool) (*guideFolder, error) {
	f := &guideFolder{base: filepath.Join(base, name), name: name, named: named}
	if err := makeFolder(f.base); err != nil {
		return nil, err
	}
	var err error
	f.path, err = os.MkdirTemp(f.base, ".run-")
	return f, err
}

// makeFolder makes a folder, unless it is there.
func makeFolder(path string) error {
	err := os.Mkdir(path, 0o700)
	if info, at := os.Stat(path); at == nil && info.IsDir() {
		return nil
	}
	return err
}

// close returns the folder with what stays, once those of all pairs are closed; empty: nothing does.
func (f *guideFolders) close() (kept string, err error) {
	for _, pair := range f.pairs {
		if pair.kept || f.named {
			return f.base, nil
		}
	}
	return "", f.remove()
}

// remove removes all that was made for the run, but for what is in a folder that the user named.
func (f *guideFolders) remove() error {
	if !f.named {
		return os.RemoveAll(f.base)
	}
	var errs []error
	for _, pair := range f.pairs {
		errs = append(errs, pair.remove())
	}
	return errors.Join(errs...)
}

// outputExtension is that of the files with what programs wrote.
const outputExtension = ".log"

// close removes the files of the pair, with the keys and passwords that are in them. What the
// programs wrote stays where somebody will look for it: in the folder that the user named, or
// where something failed.
func (f *guideFolder) close(failed bool) (err error) {
	n := 0
	if f.named || failed {
		n, err = f.saveOutput()
	}
	f.kept = n > 0
	return errors.Join(err, f.remove())
}

// remove removes all that was made for the pair, but for what stayed.
func (f *guideFolder) remove() error {
	err := os.RemoveAll(f.path)
	if f.name != "" {
		err = errors.Join(err, removeEmpty(f.base))
	}
	return err
}

// removeEmpty removes a folder, unless something is in it.
func removeEmpty(path string) error {
	entries, err := os.ReadDir(path)
	if err == nil && len(entries) == 0 {
		err = os.Remove(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
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
