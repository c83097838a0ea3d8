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
		waited := flood(r)
		if waited != patience && waited != 3*patience/2 { // the writer may have begun within the first turn
			t.Errorf("the sources waited for %v in all, want %v", waited, patience)
		}
		if r.Leg(leg(9, protocol.Client)) != nil {
			t.Error("a connection is recorded after the failure")
		}
		err := r.Close()
		if err == nil || !strings.HasPrefix(err.Error(), "record: dir/rec.pcapng is stuck: a write takes longer than 500ms, and ") || !errors.Is(<-told, err) {
			t.Errorf("Close: %v", err)
		}
		if took := time.Since(begun); took != waited {
			t.Errorf("Close returned after %v", took)
		}
		release()
		synctest.Wait()
		if len(told) > 0 || d.open > 0 {
			t.Errorf("told again: %d times; %d files are open", len(told), d.open)
		}
	})
}

// slow makes a disk take a write in so long. A file that is closed holds up no write.
func (d *disk) slow(takes time.Duration) {
	d.gate = func(f *diskFile) {
		select {
		case <-time.After(takes):
		case <-f.ended:
		}
	}
}

// flood has sources bring more than any slow disk takes, and returns how long that took.
func flood(r *Recorder) time.Duration {
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
	return time.Since(begun)
}

// TestSlowDisk: sources wait for a disk that is slower than they are only so long in all,
// though it goes on. Then the recording ends, which is told once with how fast the disk is.
func TestSlowDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		d.slow(125 * time.Millisecond) // up to 2.1 MB/s: writes have up to 256 KiB
		told := make(chan error, 2)
		r := d.record(Options{Failed: func(err error) { told <- err }})
		if took := flood(r); took < maxWaited || took > maxWaited+patience {
			t.Errorf("the sources waited for %v, want %v", took, maxWaited)
		}
		err := r.Close()
		if want := "record: dir/rec.pcapng takes only 1."; err == nil || !strings.HasPrefix(err.Error(), want) ||
			!strings.Contains(err.Error(), " MB/s, and the sessions bring more: they waited for it 1.1s of the last 10 s; nothing more is recorded") {
			t.Errorf("Close: %v", err)
		}
		if told := <-told; !errors.Is(told, err) {
			t.Errorf("told %v", told)
		}
		if len(told) > 0 {
			t.Error("told twice")
		}
	})
}

// TestCloseOfHungDisk: Close gives up a writer that does nothing for 5 s, or after Hurry
// does not end soon, also where what Failed does takes for ever.
func TestCloseOfHungDisk(t *testing.T) {
	const lacks, stuck = "record: dir/rec.pcapng did not take the last ", "record: dir/rec.pcapng is stuck: a write takes longer than 5s, and "
	for _, tc := range []struct {
		name   string
		blocks bool          // Failed does not return
		hurry  time.Duration // when Hurry is called; 0: before Close
		took   time.Duration
		err    string
	}{
		{"nobody is in a hurry", false, time.Hour, writeWithin, stuck},
		{"a hurry", false, 0, closeWithin, lacks},
		{"a hurry later", false, time.Second, time.Second + closeWithin, lacks},
		{"telling takes for ever", true, 0, closeWithin + tellWithin, lacks},
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
			if tc.hurry == 0 {
				r.Hurry()
			}
			hurry := time.AfterFunc(tc.hurry, r.Hurry)
			begun := time.Now()
			err := r.Close()
			if took := time.Since(begun); took != tc.took {
				t.Errorf("%s: Close took %v", tc.name, took)
			}
			if err == nil || !strings.HasPrefix(err.Error(), tc.err) || !errors.Is(<-told, err) {
				t.Errorf("%s: Close: %v", tc.name, err)
			}
			hurry.Stop()
			close(unblock)
			release()
		})
	}
	if most := closeWithin + tellWithin; most > 900*time.Millisecond {
		t.Errorf("a program in a hurry ends after %v", most)
	}
}

// TestCloseWaitsWhileBytesMove: where nobody is in a hurry, Close waits for a disk as long
// as it takes bytes. All is written.
func TestCloseWaitsWhileBytesMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		r := d.record(Options{})
		rec := open(r, 1, protocol.Client)
		d.slow(writeWithin - time.Millisecond)
		rec.Bytes(noon(), capture.Sent, make([]byte, 4<<20), "")
		begun := time.Now()
		if c := d.connections(r); !bytes.Equal(c[0].Server.Bytes, make([]byte, 4<<20)) {
			t.Errorf("%d bytes", len(c[0].Server.Bytes))
		}
		if took := time.Since(begun); took < 10*writeWithin {
			t.Errorf("the disk was done after %v", took)
		}
	})
}

// TestHurryWhileSourcesWait: sources and Close together wait no longer after Hurry than
// Close alone would.
func TestHurryWhileSourcesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		d.slow(125 * time.Millisecond)
		r := d.record(Options{})
		rec := open(r, 1, protocol.Client)
		for range maxSpool / maxSegment {
			rec.Bytes(noon(), capture.Sent, make([]byte, maxSegment), "")
		}
		begun := time.Now()
		r.Hurry()
		for time.Since(begun) < 250*time.Millisecond { // it waits now and then
			rec.Bytes(noon(), capture.Sent, make([]byte, maxSegment), "")
		}
		err := r.Close()
		if took := time.Since(begun); took != closeWithin {
			t.Errorf("it took %v, want %v", took, closeWithin)
		}
		if err == nil || !strings.Contains(err.Error(), " did not take the last ") {
			t.Errorf("Close: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		d := newDisk(t)
		d.slow(125 * time.Millisecond)
		r := d.record(Options{})
		r.Hurry()
		if took := flood(r); took < closeWithin || took > closeWithin+patience/2 {
			t.Errorf("the sources waited for %v, want %v", took, closeWithin)
		}
		if err := r.Close(); err == nil || !strings.Contains(err.Error(), " did not take the last ") {
			t.Errorf("Close: %v", err)
		}
	})
}

// TestQuietHungDisk: a disk that hangs is told of while the sessions go on, also where
// they never bring so much that a source waits. A process that was stopped for a while
// gives the disk its time all the same.
func TestQuietHungDisk(t *testing.T) {
	for _, tc := range []struct {
		name    string
		stopped bool // in the fourth second
		want    time.Duration
	}{
		{"running", false, writeWithin},
		{"stopped", true, writeWithin + watchTurn},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDisk(t)
			release := d.hang()
			defer release()
			told := make(chan error, 2)
			begun := time.Now()
			r := d.record(Options{Failed: func(err error) { told <- err }})
			rec := open(r, 1, protocol.Client)
			if tc.stopped {
				<-time.After(3*watchTurn + watchTurn/2)
				r.mu.Lock()
				r.watch.begun = r.watch.begun.Add(-time.Hour)
				r.mu.Unlock()
			}
			err := <-told
			if took := time.Since(begun); took != flushEvery+tc.want {
				t.Errorf("%s: told after %v", tc.name, took)
			}
			if want := "record: dir/rec.pcapng is stuck: a write takes longer than 5s, and "; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s: told %v", tc.name, err)
			}
			rec.Bytes(noon(), capture.Sent, make([]byte, 2*maxSpool), "") // waits for nothing
			if err := r.Close(); err == nil || time.Since(begun) != flushEvery+tc.want {
				t.Errorf("%s: Close after %v: %v", tc.name, time.Since(begun), err)
			}
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
		r.Hurry()
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
		r.Hurry()
		if err := r.Close(); err == nil {
			t.Error("Close has no error")
		}
		if took := time.Since(begun); took > 900*time.Millisecond {
			t.Errorf("Close took %v", took)
		}
		close(unblock)
	})
}
