package peer

import (
	"bytes"
	"os"
	"sync"
)

// maxInbox is how many bytes a stream keeps until they are read. When an inbox is full,
// the session's reader waits, and every stream of the session with it. The protocol has
// no flow control for streams, so one that is not read blocks the others.
const maxInbox = 64 << 10

// An inbox holds the payload that came for a stream until it is read. One goroutine
// puts, the session's reader. Any number may read.
type inbox struct {
	deadline deadline // of reads
	// more holds a token where there may be something to read, room where there may be
	// room to put. Whoever leaves something for another goroutine puts the token back.
	more, room chan struct{}

	mu     sync.Mutex
	unread bytes.Buffer
	err    error // of reads, once all is read; nil while more may come
}

func newInbox() *inbox {
	return &inbox{more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// wake puts a token into c, unless there is one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// put copies b in. Where there is no room it waits for reads, or for the end. It drops
// what comes after the end.
func (x *inbox) put(b []byte) {
	for {
		x.mu.Lock()
		if x.err != nil {
			x.mu.Unlock()
			return
		}
		n := min(len(b), maxInbox-x.unread.Len())
		x.unread.Write(b[:n])
		x.mu.Unlock()
		wake(x.more)
		if b = b[n:]; len(b) == 0 {
			return
		}
		<-x.room
	}
}

// end says that nothing more comes. Reads return what is left and then err. Only the
// first end counts.
func (x *inbox) end(err error) {
	x.mu.Lock()
	if x.err == nil {
		x.err = err
	}
	x.mu.Unlock()
	wake(x.more)
	wake(x.room)
}

// discard drops what is left. From then on reads return err.
func (x *inbox) discard(err error) {
	x.mu.Lock()
	x.err = err
	x.unread = bytes.Buffer{}
	x.mu.Unlock()
	wake(x.more)
	wake(x.room)
}

// read implements Read of [net.Conn].
func (x *inbox) read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		changed := x.deadline.changed()
		if x.deadline.passed() {
			return 0, os.ErrDeadlineExceeded
		}
		x.mu.Lock()
		n, _ := x.unread.Read(b) // its only error is that it is empty
		err, left := x.err, x.unread.Len()
		x.mu.Unlock()
		if left > 0 || err != nil {
			wake(x.more) // for another reader
		}
		if n > 0 {
			wake(x.room)
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		select {
		case <-x.more:
		case <-changed:
		}
	}
}
