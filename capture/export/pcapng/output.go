package pcapng

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"anytls-inspect/capture/internal/pcapfile"
)

// mode is the mode of a recording's files.
const mode = 0o600

// A storage has the files of a recording. Tests have their own.
type storage interface {
	// create opens a file to be written from its beginning. The file may also have a
	// Truncate method, as [os.File] does, and one named vanished, which tells that it
	// has no name any more. Its Close should end a Write that does not return.
	create(path string) (io.WriteCloser, error)
	// remove removes a file that create returned, and that is closed.
	remove(path string, file io.WriteCloser) error
}

// osStorage is the storage that is used outside of tests.
type osStorage struct{}

// A givenOutput is the storage of a recording that has one output, which was open before.
type givenOutput struct{ io.WriteCloser }

// create implements storage.
func (g givenOutput) create(string) (io.WriteCloser, error) { return g.WriteCloser, nil }

// remove implements storage. There is never another output for whose room one is removed.
func (givenOutput) remove(string, io.WriteCloser) error { return nil }

// A osFile is a file of osStorage.
type osFile struct {
	*os.File
	info fs.FileInfo // as of when it was opened
}

// create opens a file that only its owner may read, also where it was there before. A
// capture that is there is replaced, and so is an empty file. Any other file is left
// as it is, and a link is not followed: both are errors. So is a pipe that nobody
// reads, since opening it would block. A descriptor of the process itself is no such link.
func (osStorage) create(path string) (io.WriteCloser, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|flagsFor(path), mode)
	if err != nil {
		return nil, explain(path, err)
	}
	info, err := f.Stat()
	if err == nil {
		err = prepare(f, info)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &osFile{f, info}, nil
}

// OwnDescriptor tells whether a path names a descriptor of this process, as that of the
// shell's >(command) does: /dev/fd/N, /proc/self/fd/N, /dev/stdout or /dev/stderr. The
// system makes these links, and nobody else can: an output may follow them.
func OwnDescriptor(path string) bool {
	if path == "/dev/stdout" || path == "/dev/stderr" {
		return true
	}
	number, ok := strings.CutPrefix(path, "/dev/fd/")
	if !ok {
		number, ok = strings.CutPrefix(path, "/proc/self/fd/")
	}
	_, err := strconv.ParseUint(number, 10, 31)
	return ok && err == nil
}

// flagsFor returns the flags to open a file with, beside what it is opened for.
func flagsFor(path string) int {
	if OwnDescriptor(path) {
		return openFlags &^ noFollow
	}
	return openFlags
}

// explain returns what to tell of a file that can't be opened.
func explain(path string, err error) error {
	stat := os.Lstat
	if OwnDescriptor(path) {
		stat = os.Stat
	}
	info, statErr := stat(path)
	switch {
	case statErr != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a link, and links are not followed: name the file itself", path)
	case info.Mode()&fs.ModeNamedPipe != 0 && noReader(err):
		return fmt.Errorf("nobody reads the pipe %s: start its reader first", path)
	default:
		return err
	}
}

// prepare empties a file that was there, and makes it private. Pipes and devices have
// their mode for a reason.
func prepare(f *os.File, info fs.FileInfo) error {
	switch m := info.Mode(); {
	case m&fs.ModeDevice != 0 && m&fs.ModeCharDevice == 0:
		return fmt.Errorf("%s is a disk, and no file", f.Name())
	case !m.IsRegular():
		return nil
	}
	if info.Size() > 0 {
		if err := isCapture(f.Name(), info); err != nil {
			return err
		}
		if err := f.Truncate(0); err != nil {
			return err
		}
	}
	if info.Mode().Perm() != mode {
		return f.Chmod(mode)
	}
	return nil
}

// isCapture returns an error unless the file is a capture, which may be replaced.
func isCapture(path string, info fs.FileInfo) error {
	const keep = "it is left as it is: name another file, or remove this one"
	f, err := os.OpenFile(path, os.O_RDONLY|flagsFor(path), 0)
	if err != nil {
		return fmt.Errorf("%s is there, and can't be read to see whether it is a capture (%w); %s", path, err, keep)
	}
	defer func() { _ = f.Close() }()
	if again, err := f.Stat(); err != nil || !os.SameFile(info, again) {
		return fmt.Errorf("%s became another file while it was opened", path)
	}
	_, err = pcapfile.NewReader(f)
	var unknown *pcapfile.UnknownError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%s is there, and is no capture (pcap, pcapng); %s", path, keep)
	case err != nil:
		return fmt.Errorf("%s is there, and can't be read to see whether it is a capture: %w", path, err)
	}
	return nil
}

// remove removes a file, unless its name is another's by now, or it is none that takes
// room.
func (osStorage) remove(path string, file io.WriteCloser) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular() || !os.SameFile(info, file.(*osFile).info):
		return nil
	}
	return os.Remove(path)
}

// vanished tells whether the file was removed: what is written to it is lost.
func (f *osFile) vanished() bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular() && unlinked(info)
}
