package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A stuckPipe takes nothing until it is opened, and then all.
type stuckPipe struct {
	opened chan struct{}
	once   sync.Once
	mu     sync.Mutex // guards got
	got    bytes.Buffer
}

func newStuckPipe() *stuckPipe { return &stuckPipe{opened: make(chan struct{})} }

func (p *stuckPipe) open() { p.once.Do(func() { close(p.opened) }) }

func (p *stuckPipe) Write(b []byte) (int, error) {
	<-p.opened
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got.Write(b)
}

func (p *stuckPipe) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got.String()
}

// TestPatientWriter: a write waits as long as nothing limits it, and is told once where
// it waits for long.
func TestPatientWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := newStuckPipe()
		w := newPatientWriter(pipe)
		told := 0
		w.onStuck(func() { told++ })
		time.AfterFunc(time.Minute, pipe.open)
		began := time.Now()
		for range 2 {
			if n, err := w.Write([]byte("text")); n != 4 || err != nil {
				t.Errorf("Write: %d, %v", n, err)
			}
		}
		if took := time.Since(began); took != time.Minute || told != 1 || pipe.String() != "texttext" {
			t.Errorf("after %v, told %d times, the pipe has %q", took, told, pipe)
		}
	})
}

// TestPatientWriterLimits: limits hold for a write that waits already. One is for each
// write, the other for all of them together.
func TestPatientWriterLimits(t *testing.T) {
	const wait = time.Second
	slow := func(w *patientWriter, wrote chan<- error) {
		_, err := w.Write([]byte("text"))
		wrote <- err
	}
	for _, tc := range []struct {
		name  string
		limit func(*patientWriter)
	}{
		{"each", func(w *patientWriter) { w.limitEach(wait) }},
		{"all", func(w *patientWriter) { w.limitAll(wait) }},
		{"the shorter one", func(w *patientWriter) { w.limitEach(time.Hour); w.limitAll(wait) }},
		{"the shorter one, set first", func(w *patientWriter) { w.limitAll(wait); w.limitEach(time.Hour) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pipe := newStuckPipe()
				defer pipe.open()
				w := newPatientWriter(pipe)
				wrote := make(chan error)
				go slow(w, wrote)
				<-time.After(time.Hour)
				began := time.Now()
				tc.limit(w)
				if err := <-wrote; !errors.Is(err, errGivenUp) || time.Since(began) != wait {
					t.Errorf("%v after %v, want %v after %v", err, time.Since(began), errGivenUp, wait)
				}
				// It was given up: nothing waits for it any more.
				go slow(w, wrote)
				if err := <-wrote; !errors.Is(err, errGivenUp) || time.Since(began) != wait {
					t.Errorf("the next write: %v after %v", err, time.Since(began))
				}
			})
		})
	}
	for name, tc := range map[string]struct {
		limit  func(*patientWriter)
		writes int   // that succeed of those that take 0.6 s each
		err    error // of the last
	}{
		"slow, each": {func(w *patientWriter) { w.limitEach(wait) }, 5, nil},
		"slow, all":  {func(w *patientWriter) { w.limitAll(wait) }, 1, errNoTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newPatientWriter(writerFunc(func(b []byte) (int, error) {
					<-time.After(600 * time.Millisecond)
					return len(b), nil
				}))
				tc.limit(w)
				n := 0
				var err error
				for range 5 {
					if _, err = w.Write([]byte("text")); err == nil {
						n++
					}
				}
				<-time.After(wait) // the write that was given up ends, too
				if n != tc.writes || !errors.Is(err, tc.err) {
					t.Errorf("%d writes succeeded, then %v; want %d, %v", n, err, tc.writes, tc.err)
				}
			})
		})
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestPatientWriterClosed: a closed pipe is known by its error, and nothing is written
// after an error.
func TestPatientWriterClosed(t *testing.T) {
	writes := 0
	w := newPatientWriter(writerFunc(func([]byte) (int, error) {
		writes++
		return 0, fmt.Errorf("write: %w", syscall.EPIPE)
	}))
	for range 2 {
		if _, err := w.Write([]byte("text")); !errors.Is(err, errClosedPipe) || !errors.Is(err, syscall.EPIPE) {
			t.Errorf("Write: %v", err)
		}
	}
	if writes != 1 {
		t.Errorf("%d writes, want 1", writes)
	}
}

// TestStderr: nobody waits for standard error. What has no room is dropped, and that is
// told.
func TestStderr(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := newStuckPipe()
		s := newStdio(nil, nil, pipe)
		s.tell("first")
		synctest.Wait() // it is on its way
		line := strings.Repeat("x", 1<<10)
		for range 100 {
			s.tell("%s", line)
		}
		pipe.open()
		synctest.Wait()
		s.tell("behind") // has before it what was dropped
		s.tell("last")
		s.err.queue.flush(blockedAfter)
		got := pipe.String()
		n := strings.Count(got, line)
		if !strings.HasPrefix(got, "anytls-inspect: first\n") || !strings.HasSuffix(got, "anytls-inspect: last\n") || n < 50 || n > 64 {
			t.Errorf("%d of 100 lines, between %.30q and %q", n, got, got[len(got)-30:])
		}
		if want := fmt.Sprintf("\nanytls-inspect: %d messages were dropped here: nobody read them\n", 100-n); strings.Count(got, want) != 1 {
			t.Errorf("it lacks %q: %q", want, strings.ReplaceAll(got, line, "…"))
		}
	})
}

// TestStderrGivenUp: a standard error that takes nothing does not hold up the end.
func TestStderrGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := newStuckPipe()
		defer pipe.open()
		s := newStdio(nil, nil, pipe)
		s.tell("lost")
		began := time.Now()
		s.err.queue.flush(blockedAfter)
		if took := time.Since(began); took != blockedAfter {
			t.Errorf("it took %v, want %v", took, blockedAfter)
		}
	})
}

// TestSignalled: from a signal on, which ends the context, nobody waits long for standard
// output or standard error.
func TestSignalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := newStuckPipe()
		defer pipe.open()
		ctx, cancel := context.WithCancel(t.Context())
		s := newStdio(nil, pipe, pipe)
		s.hurryAfter(ctx)
		s.tell("lost")
		began := time.Now()
		time.AfterFunc(time.Hour, cancel)
		if _, err := s.out.Write([]byte("lost")); !errors.Is(err, errGivenUp) {
			t.Errorf("Write: %v", err)
		}
		s.err.queue.flush(blockedAfter)
		if took := time.Since(began); took != time.Hour+endPatience {
			t.Errorf("it took %v, want %v after the signal", took, endPatience)
		}
	})
}
