package leg

import (
	"sync"
	"sync/atomic"
	"time"
)

// A watch waits for the end of the peer's stream while nobody reads.
type watch struct {
	by   atomic.Int32  // who waits for the peer: nobody, a read or the watch
	mu   sync.Mutex    // guards done, and held while the watch begins or ends
	done chan struct{} // closed when its goroutine has left
}

// Who waits for the peer. The system lets one at a time: a watch that began before a read
// that has not noticed would keep that out, and all that the peer sends.
const (
	nobody int32 = iota
	aRead
	aWatch // or it did, since the last read
)

// Watch has ended called as soon as TCP shows that the peer has ended its stream, and
// again, with reset set, where it shows that the peer has reset the connection. It is for
// the time in which nobody reads, since what was read cannot be written elsewhere: else an
// end shows only when all that stands before it has been read. Ended is called from a
// goroutine of the watch, and must not wait for anybody. A read ends the watch, and so does
// closing the leg. While somebody reads nothing is watched, and a watch that is on already
// stays as it is. Any goroutine may call it.
//
// Where the operating system is not Linux, nothing is ever called: the end shows to the
// next read.
func (s *Socket) Watch(ended func(reset bool)) {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	if !s.watch.by.CompareAndSwap(nobody, aWatch) {
		return
	}
	done := make(chan struct{})
	s.watch.done = done
	go func() { // until it has seen a reset, a read, or the end of the socket
		defer close(done)
		s.in.await(func(reset bool) {
			if reset && s.recorder != nil {
				s.recorder.peerReset()
			}
			ended(reset)
		})
	}()
}

// EndWatch ends the watch, if there is one: when it returns, ended is not being called, and will
// not be. Nobody reads meanwhile.
func (s *Socket) EndWatch() {
	s.beginRead()
	s.endRead()
}

// beginRead says that a read begins, before which it ends the watch, if there is one. The
// read must not wait for it: the watch gives way at once.
func (s *Socket) beginRead() {
	if s.watch.by.CompareAndSwap(nobody, aRead) {
		return
	}
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	_ = s.SetReadDeadline(time.Unix(1, 0)) // fails where the connection is gone
	<-s.watch.done
	_ = s.SetReadDeadline(time.Time{}) // that of LimitReads, if any, the read sets
	s.watch.by.Store(aRead)
}

// endRead says that the read has ended.
func (s *Socket) endRead() { s.watch.by.Store(nobody) }

// Unacked returns what the peer's TCP has not acknowledged. It is known on Linux only;
// elsewhere there is nothing in u but the bytes of a write that goes on. Any goroutine may
// call it.
func (s *Socket) Unacked() (u Unacked, known bool) {
	given := s.given.Load()
	acked, outstanding, known := s.in.acked()
	if !known {
		return Unacked{Bytes: int(s.writing.Load())}, false
	}
	// The end of the stream counts as a byte that is acknowledged.
	return Unacked{Bytes: max(int(given-acked), 0), Acked: acked, Outstanding: outstanding}, true
}
