package peer

import (
	"bytes"
	"os"
	"sync"
)

// maxInbox is how many bytes a stream keeps for its reader. When it is full, the
// session's reader waits, and with it every other stream of the session: that is
// the head-of-line blocking of the protocol, which has no flow control of its
// own.
const maxInbox = 64 << 10

// An inbox holds what came for a stream until it is read. One goroutine puts,
// any number may read.
type inbox struct {
	deadline deadline
	// Each holds one token at most, and is left behind by who has no use for it:
	// there may be more to read, there may be room to put.
	more, room chan struct{}

	mu     sync.Mutex
	unread bytes.Buffer
	err    error // what reads return once all is read; nil while more may come
}

func newInbox() *inbox {
	return &inbox{more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// wake leaves a token.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// put copies b in, and waits for readers where there is no room. What comes
// after the end is dropped.
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

// end says that nothing more comes. Readers get what is left, then err; only
// the first end counts.
func (x *inbox) end(err error) {
	x.mu.Lock()
	if x.err == nil {
		x.err = err
	}
	x.mu.Unlock()
	wake(x.more)
	wake(x.room)
}

// discard is an end that leaves nothing to read.
func (x *inbox) discard(err error) {
	x.mu.Lock()
	x.err = err
	x.unread = bytes.Buffer{}
	x.mu.Unlock()
	wake(x.more)
	wake(x.room)
}

// read is Read of a connection.
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
