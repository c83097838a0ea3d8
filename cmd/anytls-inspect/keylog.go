package main

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// A keyLog appends TLS secrets to a file. A write that fails is told once and is
// no error: crypto/tls would end the handshake, and a full disk must not end the
// sessions of those who use the relay.
type keyLog struct {
	file *os.File
	warn func(string)
	once sync.Once
}

// Write implements [io.Writer].
func (l *keyLog) Write(b []byte) (int, error) {
	if _, err := l.file.Write(b); err != nil {
		l.once.Do(func() { l.warn(fmt.Sprintf("key log: %v; from here on it lacks secrets", err)) })
	}
	return len(b), nil
}

// openKeyLog opens the file that TLS secrets are appended to, nil where none was
// asked for, and returns what to call at the end. warn is told of what goes wrong
// after that.
func openKeyLog(path string, warn func(string)) (log io.Writer, closeLog func(), err error) {
	if path == "" {
		path = os.Getenv("SSLKEYLOGFILE")
	}
	if path == "" {
		return nil, func() {}, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("key log: %w", err)
	}
	// One that was there already may be open to others. A device or pipe has its
	// mode for a reason.
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		err = f.Chmod(0o600)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, fmt.Errorf("key log: %w", err)
	}
	return &keyLog{file: f, warn: warn}, func() { _ = f.Close() }, nil
}
