package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// captures are what a replay reads.
type captures []io.Reader

// checkCaptures tells which captures can't be read together.
func checkCaptures(names []string) error {
	if len(names) > 1 && slices.Contains(names, stdioName) {
		return errors.New("- is standard input, and goes with no other FILE")
	}
	for i, name := range names {
		if i := slices.IndexFunc(names[:i], func(other string) bool { return sameFile(name, other) }); i >= 0 {
			return fmt.Errorf("%s and %s are one file: its packets would count twice", names[i], name)
		}
	}
	return nil
}

// openCaptures opens captures by their names. Of one alone, stdioName is standard input. It
// fails with the error of ctx where that ends before.
func openCaptures(ctx context.Context, s *stdio, names []string) (captures, error) {
	if len(names) == 1 && names[0] == stdioName {
		return captures{s.in}, nil
	}
	var all captures
	for _, name := range names {
		f, err := openToRead(ctx, name)
		if err == nil {
			all = append(all, f)
			if isFolder(f) {
				err = fmt.Errorf("%s is a folder: give the captures in it, such as %s", name, filepath.Join(name, "*.pcapng"))
			}
		}
		if err != nil {
			all.close()
			return nil, err
		}
	}
	return all, nil
}

// openToRead opens a file. To open a named pipe waits for who writes it: where ctx ends before,
// its error is returned. The goroutine that waits stays behind then, until there is a writer or
// the process ends.
func openToRead(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() { // until the file is open, or the process ends
		f, err := os.Open(name)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.file, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// readers returns the captures as the replay takes them.
func (c captures) readers() []io.Reader { return c }

// close closes the captures: a read from a pipe may take long.
func (c captures) close() {
	for _, r := range c {
		if closer, ok := r.(io.Closer); ok {
			_ = closer.Close()
		}
	}
}

// live tells whether one of the captures may still grow: it is no regular file.
func (c captures) live() bool {
	return slices.ContainsFunc(c, func(r io.Reader) bool {
		f, ok := r.(interface{ Stat() (fs.FileInfo, error) })
		if !ok {
			return true
		}
		info, err := f.Stat()
		return err != nil || !info.Mode().IsRegular()
	})
}

// titleOfCaptures returns what the screen calls captures. Their folders would leave no room for
// their names.
func titleOfCaptures(names []string) string {
	first := filepath.Base(names[0])
	if len(names) == 1 {
		return first
	}
	return fmt.Sprintf("%s and %d more", first, len(names)-1)
}
