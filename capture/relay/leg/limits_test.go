package leg

import (
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// TestDeadlines: those that crypto/tls sets don't end a write; the socket's own do,
// also one that waits already.
func TestDeadlines(t *testing.T) {
	s, _ := connect(t)
	past := time.Now().Add(-time.Second)
	if err := errors.Join(s.SetWriteDeadline(past), s.SetDeadline(past), s.SetReadDeadline(time.Time{})); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("goes out")); err != nil {
		t.Fatalf("a deadline of crypto/tls ends a write: %v", err)
	}
	ended := make(chan error, 1)
	wrote := make(chan struct{}, 1)
	go func() {
		for { // until nobody takes more
			_, err := s.Write(make([]byte, 64<<10))
			if err != nil {
				ended <- err
				return
			}
			select {
			case wrote <- struct{}{}:
			default:
			}
		}
	}()
	<-wrote
	s.LimitWrites(time.Nanosecond)
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the write ends with %v, want a deadline that passed", err)
	}
	s.LimitReads(time.Nanosecond)
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the read ends with %v, want a deadline that passed", err)
	}
}

// A slowReader takes so many bytes of each write before the deadline passes.
type slowReader struct {
	takes []int
	got   []byte
	set   int // deadlines that were set
}

func (r *slowReader) Write(b []byte) (int, error) {
	if len(r.takes) == 0 {
		r.got = append(r.got, b...)
		return len(b), nil
	}
	n := r.takes[0]
	r.takes = r.takes[1:]
	r.got = append(r.got, b[:n]...)
	return n, os.ErrDeadlineExceeded
}

func (r *slowReader) SetWriteDeadline(time.Time) error {
	r.set++
	return nil
}

// TestWritePatiently: a write goes on while its reader takes anything, and ends when
// it took nothing twice in a row.
func TestWritePatiently(t *testing.T) {
	for _, tc := range []struct {
		name  string
		limit time.Duration
		takes []int
		want  string
		set   int
		ends  bool // by the deadline
	}{
		{name: "at once", limit: time.Second, want: "abcdef"},
		{name: "slowly", limit: time.Second, takes: []int{1, 1, 2}, want: "abcdef", set: 3},
		{name: "in fits and starts", limit: time.Second, takes: []int{0, 2, 0, 1, 0}, want: "abcdef", set: 5},
		{name: "no more", limit: time.Second, takes: []int{2, 0, 0, 4}, want: "ab", set: 2, ends: true},
		{name: "nothing", limit: time.Second, takes: []int{0, 0}, want: "", set: 1, ends: true},
		{name: "a deadline of somebody else", takes: []int{3, 3}, want: "abc", ends: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &slowReader{takes: tc.takes}
			var limit atomic.Int64
			limit.Store(int64(tc.limit))
			n, err := writePatiently(r, []byte("abcdef"), &limit)
			if string(r.got) != tc.want || n != len(tc.want) || r.set != tc.set || errors.Is(err, os.ErrDeadlineExceeded) != tc.ends {
				t.Errorf("wrote %d bytes, %q, with %d deadlines, %v; want %q with %d", n, r.got, r.set, err, tc.want, tc.set)
			}
		})
	}
}
