package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"anytls-inspect/capture/journal"
)

// keyLogEnv is the environment variable that names the key log of all programs that
// use TLS.
const keyLogEnv = "SSLKEYLOGFILE"

// maxUnlogged bounds how many bytes of secrets wait for the key log: those of about 300
// handshakes.
const maxUnlogged = 256 << 10

// errSecretsWait says that the key log takes nothing.
var errSecretsWait = errors.New("it takes nothing, and too many secrets wait")

// namedKeyLog returns where TLS secrets are written, and what says so: the flag, else the
// environment. The path is empty where neither says anything.
func namedKeyLog(flag string) namedFile {
	if flag != "" {
		return namedFile{by: "--keylog", path: flag}
	}
	return namedFile{by: keyLogEnv, path: os.Getenv(keyLogEnv)}
}

// A keyLog appends TLS secrets to a file. It returns no error, and no handshake waits for
// it: crypto/tls would end the handshake, and a full disk must not end the sessions of
// those who use the relay.
type keyLog struct {
	path    string
	queue   *queue
	outputs *outputs
}

// Write implements [io.Writer].
func (l *keyLog) Write(b []byte) (int, error) {
	if !l.queue.put(b) {
		l.fail(errSecretsWait)
	}
	return len(b), nil
}

// fail tells that the key log is not whole.
func (l *keyLog) fail(err error) {
	err = fmt.Errorf("%s: %w", l.path, reasonOf(err))
	l.outputs.fail(journal.KeyLogFile, err, fmt.Sprintf("key log: %v; from here on it lacks secrets", err))
}

// openKeyLog opens the file that TLS secrets are appended to, and returns what writes the
// rest and closes it: that waits for a file that takes nothing, but not for long after ctx
// has ended. The log is nil where the path is empty.
func openKeyLog(ctx context.Context, path string, o *outputs) (log io.Writer, closeLog func(), err error) {
	if path == "" {
		return nil, func() {}, nil
	}
	f, err := openOutput(path, os.O_APPEND, 0o600)
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
	l := &keyLog{path: path, outputs: o}
	l.queue = &queue{out: newPatientWriter(f), room: maxUnlogged, failed: l.fail}
	hurry := context.AfterFunc(ctx, func() { l.queue.out.limitAll(endPatience) })
	return l, func() {
		l.queue.flush(blockedAfter)
		hurry()
		if info, err := f.Stat(); err == nil && unlinked(info) {
			err := fmt.Errorf("%s was removed while it was written: its secrets are lost", path)
			o.fail(journal.KeyLogFile, err, "key log: "+err.Error())
		}
		_ = f.Close()
	}, nil
}
