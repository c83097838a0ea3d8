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
	"anytls-inspect/protocol"
)

// hang makes a disk take nothing until the function that it returns is called.
func (d *disk) hang() (release func()) {
	gate := make(chan struct{})
	d.gate = func(*diskFile) { <-gate }
	return func() { close(gate) }
}

// TestHungDisk: sources wait for a disk that takes nothing only so long. Then the
// recording ends, which is told once, and they and Close wait no more.
func TestHungDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		release := d.hang()
		told := make(chan error, 2)
		r := d.record(Options{Failed: func(err error) { told <- err }})
		begun := time.Now()
		var wg sync.WaitGroup
		for i := range 4 {
			rec := open(r, capture.SessionID(1+i), protocol.Client)
			wg.Go(func() {
				for range 1000 {
					rec.Bytes(noon(), capture.Sent, make([]byte, maxSegment), "")
				}
				rec.Close()
			})
		}
		wg.Wait()
		if took := time.Since(begun); took != patience {
			t.Errorf("the sources waited for %v in all, want %v", took, patience)
		}
		if r.Leg(leg(9, protocol.Client)) != nil {
			t.Error("a connection is recorded after the failure")
		}
		err := r.Close()
		if err == nil || !strings.HasPrefix(err.Error(), "record: dir/rec.pcapng is stuck: a write takes longer than 500ms, and ") || !errors.Is(<-told, err) {
			t.Errorf("Close: %v", err)
		}
		if took := time.Since(begun); took != patience {
			t.Errorf("Close returned after %v", took)
		}
		release()
		synctest.Wait()
		if len(told) > 0 || d.open > 0 {
			t.Errorf("told again: %d times; %d files are open", len(told), d.open)
		}
	})
}

// TestCloseOfHungDisk: Close gives up a writer that does not end, also where what
// Failed does takes for ever.
func TestCloseOfHungDisk(t *testing.T) {
	for _, tc := range []struct {
		name   string
		blocks bool // Failed does not return
		most   time.Duration
	}{
		{"told", false, closeWithin},
		{"telling takes for ever", true, closeWithin + tellWithin},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDisk(t)
			release := d.hang()
			unblock := make(chan struct{})
			told := make(chan error, 2)
			r := d.record(Options{Failed: func(err error) {
				told <- err
				if tc.blocks {
					<-unblock
				}
			}})
			open(r, 1, protocol.Client)
			begun := time.Now()
			err := r.Close()
			if took := time.Since(begun); took != tc.most || took > 900*time.Millisecond {
				t.Errorf("%s: Close took %v", tc.name, took)
			}
			if err == nil || !strings.Contains(err.Error(), "record: dir/rec.pcapng did not take the last ") || !errors.Is(<-told, err) {
				t.Errorf("%s: Close: %v", tc.name, err)
			}
			close(unblock)
			release()
		})
	}
}

// TestGivenUpWriterEnds: where closing a file ends a write to it, as with a pipe, the
// writer that was given up ends: no goroutine is left.
func TestGivenUpWriterEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		d.gate = func(f *diskFile) { <-f.ended }
		r := d.record(Options{})
		open(r, 1, protocol.Client)
		if err := r.Close(); err == nil {
			t.Error("Close has no error")
		}
	})
}

// TestCloseWaitsForABusyDisk: Close waits for a disk that needs a moment. All is written.
func TestCloseWaitsForABusyDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		release := d.hang()
		r := d.record(Options{})
		rec := open(r, 1, protocol.Client)
		rec.Bytes(noon(), capture.Sent, make([]byte, 1<<20), "")
		time.AfterFunc(closeWithin-time.Millisecond, release)
		if c := d.connections(r); !bytes.Equal(c[0].Server.Bytes, make([]byte, 1<<20)) {
			t.Errorf("%d bytes", len(c[0].Server.Bytes))
		}
	})
}

// TestCutIsToldWhereTheDiskHangs: what Cut and Failed do keeps nobody from going on, and
// a hung disk does not keep Cut back.
func TestCutIsToldWhereTheDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		release := d.hang()
		defer release()
		cut, unblock := make(chan Cut), make(chan struct{})
		r := d.record(Options{Limit: MinLimit, Cut: func(c Cut) {
			cut <- c
			<-unblock
		}})
		rec := open(r, 1, protocol.Client)
		rec.Bytes(noon(), capture.Sent, make([]byte, SessionGrowth*MinLimit), "")
		if c := <-cut; c.Session != 1 {
			t.Errorf("cut: %+v", c)
		}
		open(r, 2, protocol.Client).Close() // Cut has not returned
		rec.Close()
		begun := time.Now()
		if err := r.Close(); err == nil {
			t.Error("Close has no error")
		}
		if took := time.Since(begun); took > 900*time.Millisecond {
			t.Errorf("Close took %v", took)
		}
		close(unblock)
	})
}
