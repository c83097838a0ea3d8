package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// openKeyLogs opens the key logs that are named, and the shared one if it can. Where the
// capture is live, one that is not there yet is waited for, which is told of those that are
// named. It returns what closes them. It fails with the error of ctx where that ends before.
func openKeyLogs(ctx context.Context, names []string, shared string, live bool, tell func(string)) (logs []io.Reader, closeLogs func(), err error) {
	var readers []*keyLogReader
	closeLogs = func() {
		for _, r := range readers {
			r.close()
		}
	}
	open := func(name string) error {
		r := &keyLogReader{name: name}
		f, err := openToRead(ctx, name)
		if err == nil && isFolder(f) {
			_ = f.Close()
			err = fmt.Errorf("%s is a folder: give a file in it", name)
		}
		switch {
		case err == nil:
			r.file = f
		case live && errors.Is(err, fs.ErrNotExist):
			r.awaited = true
		default:
			return fmt.Errorf("key log: %w", err)
		}
		readers, logs = append(readers, r), append(logs, r)
		return nil
	}
	for _, name := range names {
		if err := open(name); err != nil {
			closeLogs()
			return nil, nil, err
		}
		if r := readers[len(readers)-1]; r.awaited {
			tell(fmt.Sprintf("the key log %s is not there yet: it is read as soon as it is", name))
		}
	}
	if shared != "" {
		_ = open(shared) // it may belong to another program
	}
	if err := ctx.Err(); err != nil {
		closeLogs()
		return nil, nil, err
	}
	return logs, closeLogs, nil
}

// isFolder tells whether an open file is a folder.
func isFolder(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.IsDir()
}

// A keyLogReader reads a key log, which ends where it is closed. One that is awaited has
// nothing until there is a file. It is safe for concurrent use.
type keyLogReader struct {
	name    string
	awaited bool // it was not there at first

	mu   sync.Mutex // guards what follows
	file *os.File   // nil until there is one
	over bool       // nothing more is read: it is closed, or can't be opened
}

// Name returns the name of the file.
func (k *keyLogReader) Name() string { return k.name }

// Absent tells whether there has been no such file so far.
func (k *keyLogReader) Absent() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.file == nil && k.awaited
}

// Read implements [io.Reader].
func (k *keyLogReader) Read(b []byte) (int, error) {
	f, err := k.open()
	if f == nil {
		return 0, err
	}
	n, err := f.Read(b)
	if errors.Is(err, os.ErrClosed) {
		err = io.EOF
	}
	return n, err
}

// open returns the file, and opens it where it has appeared. Where there is none, or none
// any more, the error is io.EOF; one that can't be opened is told once. It does not wait for
// who writes a pipe.
func (k *keyLogReader) open() (*os.File, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.file != nil || k.over {
		return k.file, io.EOF
	}
	f, err := os.OpenFile(k.name, os.O_RDONLY|noWait, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, io.EOF
	case err != nil:
		k.over = true
		return nil, err
	}
	k.file = f
	return f, nil
}

// close ends reads, also those that wait.
func (k *keyLogReader) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over = true
	if k.file != nil {
		_ = k.file.Close()
	}
}
