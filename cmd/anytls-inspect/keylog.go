package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"sync"
)

// keyLogEnv is the environment variable that names the key log of all programs that
// use TLS.
const keyLogEnv = "SSLKEYLOGFILE"

// keyLogPath returns where to write TLS secrets: where the flag says, else where the
// environment does. It is empty where neither says anything.
func keyLogPath(flag string) string { return cmp.Or(flag, os.Getenv(keyLogEnv)) }

// A keyLog appends TLS secrets to a file. It warns of the first write that fails, and
// returns no error: crypto/tls would end the handshake, and a full disk must not
// end the sessions of those who use the relay.
type keyLog struct {
	file *os.File
	warn func(string)
	once sync.Once // guards warn
}

// Write implements [io.Writer].
func (l *keyLog) Write(b []byte) (int, error) {
	if _, err := l.file.Write(b); err != nil {
		l.once.Do(func() { l.warn(fmt.Sprintf("key log: %v; from here on it lacks secrets", err)) })
	}
	return len(b), nil
}

// openKeyLog opens the file that TLS secrets are appended to, and returns what closes
// it. The log is nil where the path is empty. Warn is called where it can't be
// written later.
func openKeyLog(path string, warn func(string)) (log io.Writer, closeLog func(), err error) {
	if path == "" {
		return nil, func() {}, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("key log: %w", err)
	}
	// A file that was there already may be readable by others. A device or a pipe
	// has its mode for a reason.
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
