package pcapng

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/protocol"
)

// open begins a connection whose secrets are known. It returns nil where the recording
// has failed already.
func open(r *Recorder, session capture.SessionID, peer protocol.Peer) capture.LegRecorder {
	rec := r.Leg(leg(session, peer))
	if rec == nil {
		return nil
	}
	rec.Bytes(noon(), capture.Received, hello(byte(session)), "")
	rec.Secret(secret("CLIENT_RANDOM", byte(session)))
	return rec
}

// TestCut: a file that was cut can be read up to its last whole block.
func TestCut(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{})
	for i := range 3 {
		talk(r.Leg(leg(capture.SessionID(i), protocol.Client)), noon())
	}
	all := d.finish(r)
	file := d.content(d.names[0])
	blocks, err := pcapngtest.Blocks(file)
	if err != nil {
		t.Fatal(err)
	}
	const header = 3 // a section and two interfaces
	at, seen := 0, 0
	for i, b := range blocks {
		if i >= header {
			packets, err := pcapngtest.Read(file[:at])
			if err != nil {
				t.Fatalf("after %d blocks: %v", i, err)
			}
			if len(packets) < seen || len(packets) > seen+1 {
				t.Fatalf("after %d blocks: %d packets, and %d before", i, len(packets), seen)
			}
			seen = len(packets)
		}
		for _, n := range []int{1, 4, 11, len(b) - 1} {
			if got := wholeBlocks(file[:at+n]); got != at {
				t.Fatalf("%d bytes into the block at %d: %d are whole", n, at, got)
			}
		}
		at += len(b)
	}
	if seen < len(all)-1 {
		t.Errorf("%d packets without the last block, of %d", seen, len(all))
	}
}

// TestWrittenWithinASecond: bytes are in the file after a second, though nothing more
// happens.
func TestWrittenWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		r := d.record(Options{})
		defer func() { _ = r.Close() }()
		rec := open(r, 1, protocol.Client)
		rec.Bytes(noon(), capture.Sent, []byte("the last words"), "")
		<-time.After(time.Second)
		synctest.Wait()
		packets, err := pcapngtest.Read(d.content(d.names[0]))
		if err != nil {
			t.Fatal(err)
		}
		if last := packets[len(packets)-1]; string(last.TCP.Payload) != "the last words" {
			t.Errorf("%d packets, the last with %q", len(packets), last.TCP.Payload)
		}
	})
}

// TestDiskFull: Failed is called once, the file holds whole blocks, and no call waits
// for room from then on.
func TestDiskFull(t *testing.T) {
	full := errors.New("no space left on device")
	for _, tc := range []struct {
		name string
		at   int // how many bytes there is room for
	}{{"at once", 0}, {"later", 1 << 20}} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDisk(t)
			d.fail = func(size, n int) error {
				if size+n > tc.at {
					return full
				}
				return nil
			}
			told := make(chan error, 2)
			r := d.record(Options{Failed: func(err error) { told <- err }})
			var wg sync.WaitGroup
			for i := range 4 {
				rec := open(r, capture.SessionID(1+i), protocol.Client)
				if rec == nil {
					break // it is full already
				}
				wg.Go(func() {
					for range 1000 {
						rec.Bytes(noon(), capture.Sent, make([]byte, 64<<10), "")
					}
					rec.Close()
				})
			}
			wg.Wait()
			if err := <-told; !errors.Is(err, full) || !strings.HasPrefix(err.Error(), "record: ") {
				t.Errorf("told %q", err)
			}
			if rec := r.Leg(leg(9, protocol.Client)); rec != nil {
				t.Error("a connection is recorded after the failure")
			}
			if err := r.Close(); !errors.Is(err, full) {
				t.Errorf("Close: %v", err)
			}
			if err := r.Stats().Err; !errors.Is(err, full) {
				t.Errorf("Stats: %v", err)
			}
			if len(told) > 0 {
				t.Error("told twice")
			}
			if file := d.content(d.names[0]); wholeBlocks(file) != len(file) {
				t.Errorf("of %d bytes %d are whole blocks", len(file), wholeBlocks(file))
			}
		})
	}
}

// waiting returns how many bytes wait to be written.
func (r *Recorder) waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spool.waiting
}

// TestDiskFailsWhileSourcesWait: sources that wait for room go on when the disk fails.
func TestDiskFailsWhileSourcesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		gate := make(chan struct{})
		d.gate = func(*diskFile) { <-gate }
		failure := errors.New("input/output error")
		d.fail = func(int, int) error { return failure }
		r := d.record(Options{})
		var wg sync.WaitGroup
		for i := range 3 {
			rec := open(r, capture.SessionID(i), protocol.Client)
			wg.Go(func() {
				for range 100 {
					rec.Bytes(noon(), capture.Sent, make([]byte, maxSegment), "")
				}
			})
		}
		synctest.Wait() // until all wait
		if n := r.waiting(); n < maxSpool {
			t.Errorf("the sources wait while %d bytes do", n)
		}
		close(gate)
		wg.Wait()
		if err := r.Close(); !errors.Is(err, failure) {
			t.Errorf("the failure is not told: %v", err)
		}
	})
}

// TestNextFileFails: a next file that can't be opened ends the recording as a full disk
// does.
func TestNextFileFails(t *testing.T) {
	d := newDisk(t)
	full := errors.New("too many open files")
	d.refuse = func(name string) error {
		if name == "rec-3" {
			return full
		}
		return nil
	}
	told := make(chan error, 1)
	r, err := create("rec", Options{Limit: MinLimit, Failed: func(err error) { told <- err }}, d)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		rec := open(r, capture.SessionID(1+i), protocol.Client)
		if rec == nil {
			break // it has failed already
		}
		rec.Bytes(noon(), capture.Sent, make([]byte, 60<<10), "")
	}
	if err := r.Close(); !errors.Is(err, full) {
		t.Errorf("Close: %v", err)
	}
	if err := <-told; !errors.Is(err, full) {
		t.Errorf("told %v", err)
	}
	for _, name := range d.names {
		if packets, err := pcapngtest.Read(d.content(name)); err != nil || len(packets) == 0 {
			t.Errorf("%s: %d packets, %v", name, len(packets), err)
		}
	}
}

// TestBackPressure: a disk that stalls for a moment slows the source. Nothing is lost,
// and no more than the spool is kept.
func TestBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		gate := make(chan struct{})
		d.gate = func(*diskFile) { <-gate }
		r := d.record(Options{})
		rec := open(r, 1, protocol.Client)
		var want bytes.Buffer
		told := make(chan struct{})
		go func() {
			defer close(told)
			for i := range 200 {
				b := bytes.Repeat([]byte{byte(i)}, maxSegment)
				want.Write(b)
				rec.Bytes(noon(), capture.Sent, b, "")
			}
		}()
		// The disk takes the first write in nearly as long as the recorder has patience.
		moves := 0
		for more, takes := true, patience-time.Millisecond; more; takes = 10 * time.Millisecond {
			<-time.After(takes)
			synctest.Wait()
			select {
			case gate <- struct{}{}:
				moves++
				if n := r.waiting(); n > maxSpool+2*maxSegment {
					t.Errorf("%d bytes wait", n)
				}
			case <-told:
				more = false
			}
		}
		if moves < 5 {
			t.Errorf("the source waited for %d writes", moves)
		}
		close(gate)
		c := d.connections(r)
		if !bytes.Equal(c[0].Server.Bytes, want.Bytes()) {
			t.Errorf("%d bytes, want %d, or others", len(c[0].Server.Bytes), want.Len())
		}
		if most := chunk + maxSegment; d.most > most {
			t.Errorf("a write of %d bytes, want at most %d", d.most, most)
		}
	})
}

// TestManyAtOnce: connections of several goroutines don't mix.
func TestManyAtOnce(t *testing.T) {
	d := newDisk(t)
	r := d.record(Options{Limit: 16 * MinLimit})
	const sessions = 16
	var wg sync.WaitGroup
	for i := range sessions {
		wg.Go(func() {
			rec := open(r, capture.SessionID(i), protocol.Client)
			var both sync.WaitGroup
			for w := range capture.Way(2) {
				both.Go(func() {
					for range 200 {
						rec.Bytes(noon(), w, bytes.Repeat([]byte{byte(i)}, 1000), "")
					}
					rec.Fin(noon(), w)
				})
			}
			both.Wait()
			rec.Close()
		})
	}
	wg.Wait()
	for _, c := range d.connections(r) {
		i := byte(c.Client.Addr.Port() - 40000)
		want := bytes.Repeat([]byte{i}, 200*1000)
		if !bytes.Equal(c.Server.Bytes, want) || !bytes.Equal(c.Client.Bytes[len(hello(0)):], want) {
			t.Errorf("session %d has other bytes", i)
		}
	}
}
