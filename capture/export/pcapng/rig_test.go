package pcapng

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A disk keeps the files of a recording in memory, by their names. It fails the test
// where a write is not whole blocks, and where the files are more than they may be.
type disk struct {
	t  testing.TB
	mu sync.Mutex

	names    []string // in the order in which they were created
	files    map[string]*bytes.Buffer
	open     int // how many files are
	mostOpen int
	total    int // bytes in all files that are there
	most     int // the bytes of the longest write

	mayFiles, mayTotal int                     // how many files and bytes there may be at once; 0: any number
	fail               func(size, n int) error // returns the error of a write of n bytes after size bytes
	refuse             func(name string) error // returns the error of creating a file
	gate               func(*diskFile)         // called before each write
}

func newDisk(t testing.TB) *disk {
	return &disk{
		t: t, files: make(map[string]*bytes.Buffer), gate: func(*diskFile) {},
		fail:   func(int, int) error { return nil },
		refuse: func(string) error { return nil },
	}
}

// create implements storage.
func (d *disk) create(name string) (io.WriteCloser, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.refuse(name); err != nil {
		return nil, err
	}
	d.names = append(d.names, name)
	d.files[name] = new(bytes.Buffer)
	d.open++
	d.mostOpen = max(d.mostOpen, d.open)
	d.check()
	return &diskFile{disk: d, b: d.files[name], ended: make(chan struct{})}, nil
}

// remove implements storage.
func (d *disk) remove(name string, file io.WriteCloser) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := file.(*diskFile); !f.closed || d.files[name] != f.b {
		d.t.Errorf("%s is removed: closed %v, the same file %v", name, f.closed, d.files[name] == f.b)
	}
	d.total -= d.files[name].Len()
	delete(d.files, name)
	return nil
}

// check holds the files to what they may be. The lock is held.
func (d *disk) check() {
	if n := len(d.files); d.mayFiles > 0 && n > d.mayFiles {
		d.t.Errorf("%d files, want at most %d", n, d.mayFiles)
	}
	if d.mayTotal > 0 && d.total > d.mayTotal {
		d.t.Errorf("%d bytes in all files, want at most %d", d.total, d.mayTotal)
	}
}

// left returns the names of the files that are there, oldest first.
func (d *disk) left() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(d.names), func(name string) bool { return d.files[name] == nil })
}

// content returns what a file holds.
func (d *disk) content(name string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.files[name].Bytes())
}

type diskFile struct {
	*disk
	b      *bytes.Buffer
	closed bool
	ended  chan struct{} // closed with the file
}

// Write implements [io.Writer].
func (f *diskFile) Write(p []byte) (int, error) {
	f.gate(f)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return 0, os.ErrClosed
	}
	if n := wholeBlocks(p); n != len(p) {
		f.t.Errorf("a write of %d bytes, of which only %d are whole blocks", len(p), n)
	}
	f.most = max(f.most, len(p))
	if err := f.fail(f.b.Len(), len(p)); err != nil {
		n := len(p) / 2
		f.b.Write(p[:n])
		f.total += n
		return n, err
	}
	f.total += len(p)
	f.check()
	return f.b.Write(p)
}

// Truncate cuts the file.
func (f *diskFile) Truncate(size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.total -= f.b.Len() - int(size)
	f.b.Truncate(int(size))
	return nil
}

// Close implements [io.Closer].
func (f *diskFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.ended)
		f.open--
	}
	return nil
}

// record begins a recording on a disk.
func (d *disk) record(o Options) *Recorder {
	d.t.Helper()
	o.Application = "test"
	r, err := create("dir/rec.pcapng", o, d)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// finish ends a recording and returns the packets of all its files that are there.
func (d *disk) finish(r *Recorder) []pcapngtest.Packet {
	d.t.Helper()
	if err := r.Close(); err != nil {
		d.t.Fatal(err)
	}
	var all []pcapngtest.Packet
	for _, name := range d.left() {
		packets, err := pcapngtest.Read(d.content(name))
		if err != nil {
			d.t.Fatalf("%s: %v", name, err)
		}
		all = append(all, packets...)
	}
	return all
}

// connections ends a recording and returns its connections.
func (d *disk) connections(r *Recorder) []*pcapngtest.Connection {
	d.t.Helper()
	c, err := pcapngtest.Connections(d.finish(r))
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// noon is when the recordings of the tests begin.
func noon() time.Time { return time.Date(2025, 6, 1, 12, 0, 0, 123456789, time.UTC) }

// leg returns what a source tells of a leg when it begins.
func leg(session capture.SessionID, peer protocol.Peer) capture.LegInfo {
	return capture.LegInfo{
		Session: session, Leg: capture.LegWith(peer), Asked: noon(), Answered: noon().Add(time.Millisecond),
		Relay: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), 9443),
		Peer:  netip.AddrPortFrom(netip.MustParseAddr("198.51.100.7"), uint16(40000+session)),
	}
}

// hello returns bytes that begin like a record with a ClientHello.
func hello(random byte) []byte {
	b := append([]byte{22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3}, bytes.Repeat([]byte{random}, 32)...)
	return append(b, make([]byte, 162)...)
}

// secret returns the line of a key log for the connection with that random.
func secret(label string, random byte) []byte {
	return fmt.Appendf(nil, "%s %s %s\n", label, strings.Repeat(fmt.Sprintf("%02x", random), 32), strings.Repeat("5e", 48))
}

// labels13 returns the labels of TLS 1.3, in the order in which crypto/tls logs them.
func labels13() []string {
	return []string{
		"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
		"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0",
	}
}
