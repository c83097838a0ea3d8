package pcapng

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// mode is the mode of a recording's files.
const mode = 0o600

// An opener opens a file to be written from its beginning. Tests have their own.
type opener func(path string) (io.WriteCloser, error)

// openFile opens a file that only its owner may read, also where it was there before.
func openFile(path string) (io.WriteCloser, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && st.Mode().IsRegular() && st.Mode().Perm() != mode {
		err = f.Chmod(mode) // it was there, with another mode
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// files are the files of a recording, one after the other. They belong to the writer.
type files struct {
	path string // of the first
	open opener
	n    int // the number of the current file, from 1
	file io.WriteCloser
	size int64 // of the blocks in it, in bytes
}

// name returns the path of the current file.
func (f *files) name() string {
	if f.n <= 1 {
		return f.path
	}
	ext := filepath.Ext(f.path)
	return strings.TrimSuffix(f.path, ext) + "-" + strconv.Itoa(f.n) + ext
}

// next closes the current file, if there is one, and opens the next.
func (f *files) next() error {
	if err := f.close(); err != nil {
		return err
	}
	f.n++
	file, err := f.open(f.name())
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	f.file, f.size = file, 0
	return nil
}

func (f *files) close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// write writes whole blocks. Where that fails, it cuts the file back to the blocks that
// are whole, if the file can be cut.
func (f *files) write(blocks []byte) error {
	n, err := f.file.Write(blocks)
	if err == nil {
		f.size += int64(n)
		return nil
	}
	f.size += int64(wholeBlocks(blocks[:n]))
	if t, ok := f.file.(interface{ Truncate(size int64) error }); ok {
		_ = t.Truncate(f.size) // the caller gets the error of the write in any case
	}
	return fmt.Errorf("record: %w", err)
}
