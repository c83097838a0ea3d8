package ca

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// maxFile bounds how much of a file is read, in bytes.
const maxFile = 1 << 20

// create makes a file that is whole from the moment it has its name, and on the disk.
// Where there is one of that name, that stays, and create has done nothing: of several at
// once the first wins.
func create(path string, data []byte, mode fs.FileMode) error {
	return createBy(os.Link, path, data, mode)
}

// createBy is create with what links a second name to a file.
func createBy(link func(from, to string) error, path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	err = link(f.Name(), path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	// Some file systems have no links (FAT, that of Android's programs). There, the last
	// of those that look in the same moment wins.
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	return os.Rename(f.Name(), path)
}

// readSecret reads a file that nobody but its user may read. It refuses one that others
// can, where the system has such modes.
func readSecret(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // waits for no writer of a pipe
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return nil, fmt.Errorf("%s is a secret, but others may read or change it (mode %04o): chmod 600 %s", path, mode, shellWord(path))
	}
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// shellWord returns text as a word of a command line.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+", r)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return text
}
