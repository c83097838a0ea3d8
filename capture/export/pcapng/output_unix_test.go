//go:build unix

package pcapng

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// TestFollowsNoLink: the file's own name must not be a link, whatever it leads to. The
// folders on the way may be.
func TestFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	there, link := filepath.Join(dir, "there.pcapng"), filepath.Join(dir, "link.pcapng")
	for _, target := range []string{there, filepath.Join(dir, "nowhere"), os.DevNull} {
		if err := os.WriteFile(there, appendHeader(nil, "test", "", nil), mode); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(link)
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if _, err := Create(link, Options{}); err == nil || err.Error() != "record: "+link+" is a link, and links are not followed: name the file itself" {
			t.Errorf("a link to %s: %v", target, err)
		}
		if st, err := os.Stat(there); err != nil || st.Size() == 0 {
			t.Errorf("the file that it leads to: %v, %v", st, err)
		}
		if _, err := os.Lstat(filepath.Join(dir, "nowhere")); err == nil {
			t.Error("a file was made behind the link")
		}
	}
	folder := filepath.Join(dir, "folder")
	if err := os.Symlink(t.TempDir(), folder); err != nil {
		t.Fatal(err)
	}
	r, err := Create(filepath.Join(folder, "rec.pcapng"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestNextFileIsNoCapture: a file that is in the way of a rotation is left as it is. The
// recording ends, and says why.
func TestNextFileIsNoCapture(t *testing.T) {
	dir := t.TempDir()
	second := filepath.Join(dir, "rec-2.pcapng")
	if err := os.WriteFile(second, []byte("dear diary"), mode); err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 2)
	r, err := Create(filepath.Join(dir, "rec.pcapng"), Options{Limit: MinLimit, Failed: func(err error) { told <- err }})
	if err != nil {
		t.Fatal(err)
	}
	first := open(r, 1, protocol.Client)
	first.Bytes(noon(), capture.Sent, make([]byte, MinLimit), "")
	open(r, 2, protocol.Client)
	if err := <-told; !strings.Contains(err.Error(), second+" is there, and is no capture") {
		t.Errorf("told %v", err)
	}
	first.Bytes(noon(), capture.Sent, make([]byte, 10*maxSpool), "") // does not wait
	if err := r.Close(); err == nil {
		t.Error("Close has no error")
	}
	if len(told) > 0 {
		t.Error("told twice")
	}
	if b, err := os.ReadFile(second); err != nil || string(b) != "dear diary" {
		t.Errorf("it has %q now: %v", b, err)
	}
}

// TestPipe: a pipe that somebody reads is written, and one that nobody reads is refused
// at once.
func TestPipe(t *testing.T) {
	path := pipe(t)
	if _, err := Create(path, Options{}); err == nil || err.Error() != "record: nobody reads the pipe "+path+": start its reader first" {
		t.Errorf("a pipe without a reader: %v", err)
	}
	reader := readPipe(t, path)
	r, err := Create(path, Options{Application: "test"})
	if err != nil {
		t.Fatal(err)
	}
	open(r, 1, protocol.Client).Close()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	if packets, err := pcapngtest.Read(b); err != nil || len(packets) != 4 {
		t.Errorf("%d packets: %v", len(packets), err)
	}
}

// TestOwnDescriptor: the system's own links to the descriptors of this process are
// followed, as those of the shell's >(command), and no other link is.
func TestOwnDescriptor(t *testing.T) {
	for path, want := range map[string]bool{
		"/dev/stdout": true, "/dev/stderr": true, "/dev/fd/63": true, "/proc/self/fd/1": true,
		"/dev/fd/../sda": false, "/dev/fd/1/x": false, "/tmp/dev/fd/1": false, "/dev/fd/": false, "/dev/fd/-1": false,
		"/dev/fd/x": false, "/dev/stdin": false, "/proc/1/fd/1": false, "/proc/self/fd/../exe": false, "63": false, "": false,
	} {
		if got := OwnDescriptor(path); got != want {
			t.Errorf("%q is a descriptor of ours: %v", path, got)
		}
	}
	reader, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	path := "/dev/fd/" + strconv.Itoa(int(w.Fd()))
	if _, err := Create(path, Options{Limit: MinLimit}); err == nil || !strings.HasPrefix(err.Error(), path+" is one output, and a limit") {
		t.Errorf("with a limit: %v", err)
	}
	r, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	open(r, 1, protocol.Client).Close()
	if err := errors.Join(r.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(reader)
	if packets, errRead := pcapngtest.Read(b); err != nil || errRead != nil || len(packets) != 4 {
		t.Errorf("%d packets: %v, %v", len(packets), err, errRead)
	}
	if _, err := Create(path, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a descriptor that is closed: %v", err)
	}
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	path = "/dev/fd/" + strconv.Itoa(int(f.Fd()))
	if _, err := f.WriteString("dear diary"); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, Options{}); err == nil || !strings.Contains(err.Error(), path+" is there, and is no capture") {
		t.Errorf("a file that is no capture: %v", err)
	}
}

// TestPipeThatNobodyReads: the source waits for a moment and goes on, the failure is
// told, and Close returns, though the writer was inside a write.
func TestPipeThatNobodyReads(t *testing.T) {
	path := pipe(t)
	readPipe(t, path) // and never reads
	told := make(chan error, 2)
	r, err := Create(path, Options{Failed: func(err error) { told <- err }})
	if err != nil {
		t.Fatal(err)
	}
	rec := open(r, 1, protocol.Client)
	for range 2 * maxSpool / maxSegment {
		rec.Bytes(noon(), capture.Sent, make([]byte, maxSegment), "")
	}
	if err := <-told; !strings.Contains(err.Error(), path+" is stuck: ") {
		t.Errorf("told %v", err)
	}
	if err := r.Close(); err == nil {
		t.Error("Close has no error")
	}
}

// TestPipeWhoseReaderLeaves: the recording fails as on a full disk.
func TestPipeWhoseReaderLeaves(t *testing.T) {
	path := pipe(t)
	reader := readPipe(t, path)
	r, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = reader.Close()
	open(r, 1, protocol.Client)
	if err := r.Close(); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Close: %v", err)
	}
}

// pipe makes a named pipe.
func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// readPipe opens a pipe to be read, whether there is a writer or not.
func readPipe(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestDevice: a device is written as it is.
func TestDevice(t *testing.T) {
	r, err := Create(os.DevNull, Options{Limit: MinLimit, Files: 1})
	if err != nil {
		t.Fatal(err)
	}
	open(r, 1, protocol.Client).Close()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := (osStorage{}).remove(os.DevNull, nil); err != nil {
		t.Error(err)
	}
	if st, err := os.Lstat(os.DevNull); err != nil || st.Mode()&os.ModeCharDevice == 0 {
		t.Errorf("the device: %v, %v", st, err)
	}
}

// TestVanished: a file that is removed while it is written is told as a failure; one
// that only has another name now is not.
func TestVanished(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(path string) error
		want string
	}{
		{"removed", os.Remove, " was removed while it was written: what it had is lost"},
		{"renamed", func(path string) error { return os.Rename(path, path+".old") }, ""},
	} {
		path := filepath.Join(t.TempDir(), "rec.pcapng")
		r, err := Create(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := tc.do(path); err != nil {
			t.Fatal(err)
		}
		open(r, 1, protocol.Client).Close()
		err = r.Close()
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || err.Error() != "record: "+path+tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// TestVanishedBeforeTheEnd: a file that is removed after the last of it was written is
// told of, too.
func TestVanishedBeforeTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rec.pcapng")
	f, err := osStorage{}.create(path)
	if err != nil {
		t.Fatal(err)
	}
	of := &file{path: path, out: f}
	if err := errors.Join(of.write(nil), of.look(false), os.Remove(path), of.look(false)); err != nil {
		t.Fatal(err)
	}
	if err := of.look(true); err == nil {
		t.Error("it is not told")
	}
	if err := of.close(); err != nil {
		t.Error(err)
	}
}

// TestRingLeavesOthersFiles: what took the name of a file of the ring is not removed.
func TestRingLeavesOthersFiles(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct {
		name   string
		change func(path string) error
		left   bool // something has the name afterwards
	}{
		{"nothing", func(string) error { return nil }, false},
		{"removed", os.Remove, false},
		{"replaced", func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, []byte("dear diary"), mode))
		}, true},
	} {
		path := filepath.Join(dir, tc.name)
		f, err := osStorage{}.create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Close(), tc.change(path), osStorage{}.remove(path, f)); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if _, err := os.Lstat(path); (err == nil) != tc.left {
			t.Errorf("%s: left %v, want %v", tc.name, err == nil, tc.left)
		}
	}
}
