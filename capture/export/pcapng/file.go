package pcapng

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// A file is one file of a recording.
type file struct {
	number int // from 1
	path   string

	// The recorder's lock guards these.
	size     int64 // of all that is in it or in the spool, in bytes
	sessions int   // that are recorded to it and have not ended
	legs     int   // of them, those that may still be cut
	finished bool  // nothing more comes

	// These are the writer's.
	out     io.WriteCloser // nil before it is begun
	written int64          // the whole blocks in it, in bytes
	fresh   bool           // it was written to since it was last looked at
}

// nameOf returns the path of a recording's n-th file. The path of the first is given.
func nameOf(path string, n int) string {
	if n == 1 {
		return path
	}
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-" + strconv.Itoa(n) + ext
}

// begin opens the file.
func (f *file) begin(in storage) (err error) {
	if f.out, err = in.create(f.path); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// write writes whole blocks. Where that fails, it cuts the file back to the blocks that
// are whole, if the file can be cut.
func (f *file) write(blocks []byte) error {
	f.fresh = true
	n, err := f.out.Write(blocks)
	if err == nil {
		f.written += int64(n)
		return nil
	}
	f.written += int64(wholeBlocks(blocks[:n]))
	if t, ok := f.out.(interface{ Truncate(size int64) error }); ok {
		_ = t.Truncate(f.written) // the caller gets the error of the write in any case
	}
	return fmt.Errorf("record: %w", err)
}

// look returns an error where the file was removed while it was written. It asks only
// where something was written since it was last asked, or where it is to be closed.
func (f *file) look(last bool) error {
	if !f.fresh && !last {
		return nil
	}
	f.fresh = false
	if v, ok := f.out.(interface{ vanished() bool }); ok && v.vanished() {
		return fmt.Errorf("record: %s was removed while it was written: what it had is lost", f.path)
	}
	return nil
}

// close closes the file.
func (f *file) close() error {
	if err := f.out.Close(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}
