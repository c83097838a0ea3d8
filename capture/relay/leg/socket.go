package leg

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A Socket is the TCP connection below a leg's TLS. It reads what is there in large pieces,
// and gives TLS whole records, during the handshake one at a time; and while it is corked it gathers what TLS writes,
// until it is flushed.
type Socket struct {
	*net.TCPConn
	buffers *Buffers

	in         intake
	begin, end int    // what was read and not taken yet, in the intake's buffer
	cut        cutter // of what was taken
	failed     error  // of the last read; nil: none
	// apart says that Read does not wait: whoever calls TLS waits with the socket first.
	apart      bool
	beforeWait func()    // nil: nothing is called
	record     *[]byte   // the buffer of the record that the leg's Next returned; nil: none
	recorder   *recorder // nil where nobody records the leg
	watch      watch

	readLimit atomic.Int64 // in nanoseconds; 0: none

	given   atomic.Uint64 // bytes that TCP was given, or is being given
	writing atomic.Int64  // those of them that it is being given

	corks    atomic.Int32 // writes under way whose bytes wait for a flush
	released atomic.Bool  // see Release
	mu       sync.Mutex
	batch    *[]byte // what waits; nil: nothing
	err      error   // of the first write that failed
}

// NewSocket returns the socket of a TCP connection, which becomes the socket's. Its
// buffers come from b.
func NewSocket(c *net.TCPConn, b *Buffers) *Socket {
	s := &Socket{TCPConn: c, buffers: b}
	s.in.init(c, b)
	return s
}

// A nothingYet is what Read returns where it would have to wait. crypto/tls keeps errors of
// the connection, but not those of a [net.Error] that calls itself temporary: a later call
// goes on where this one stopped, also inside a record.
type nothingYet struct{}

// Error implements [error].
func (nothingYet) Error() string { return "nothing has been read yet" }

// Timeout implements [net.Error].
func (nothingYet) Timeout() bool { return false }

// Temporary implements [net.Error].
func (nothingYet) Temporary() bool { return true }

// BeforeWait sets what is called before a read that may wait. Call it before the first
// read.
func (s *Socket) BeforeWait(f func()) { s.beforeWait = f }

// Read implements [net.Conn]. It returns bytes of one record at most, so that behind the
// handshake TLS has none of the bytes that follow. Below a [Leg] it returns whole records
// as well, since each call that is needed makes crypto/tls allocate; and it does not
// wait, but returns an error that is temporary.
func (s *Socket) Read(p []byte) (int, error) {
	if s.empty() {
		if s.apart {
			return 0, nothingYet{}
		}
		s.wait()
	}
	if s.begin == s.end {
		return 0, s.failed
	}
	b := s.in.bytes(s.end)[s.begin:]
	b = b[:min(len(b), len(p))]
	var n int
	if s.apart {
		n = s.cut.most(b)
	} else {
		n = s.cut.next(b)
	}
	copy(p, b[:n])
	s.begin += n
	return n, nil
}

// Await waits for the first bytes of the peer, which stay for Read, and tells whether they
// came: else the connection has ended, or the deadline of its reads is over.
func (s *Socket) Await() bool {
	s.receive()
	return s.failed == nil
}

// empty tells whether Read has nothing, not even an error.
func (s *Socket) empty() bool { return s.begin == s.end && s.failed == nil }

// wait reads once; what came of it, Read returns. The buffers go back before it waits.
func (s *Socket) wait() {
	s.letGo()
	if s.beforeWait != nil {
		s.beforeWait()
	}
	s.receive()
}

// receive reads what is there.
func (s *Socket) receive() {
	s.settle()
	s.beginRead()
	if limit := s.readLimit.Load(); limit > 0 {
		_ = s.SetReadDeadline(time.Now().Add(time.Duration(limit))) // see LimitReads
	}
	n, err := s.in.read()
	s.endRead()
	if errors.Is(err, io.EOF) && s.in.wasReset() {
		err = s.in.failure(os.NewSyscallError("read", syscall.ECONNRESET))
	}
	s.begin, s.end, s.failed = 0, n, err
	if s.recorder != nil {
		s.recorder.received(s.in.bytes(n), err)
	}
}

// settle tells the recorder what it holds back: it lies in the intake's buffer.
func (s *Socket) settle() {
	if s.recorder != nil {
		s.recorder.settle()
	}
}

// recordBuffer returns the buffer for a record that Next returns.
func (s *Socket) recordBuffer() []byte {
	if s.record == nil {
		s.record = s.buffers.take(forRecord)
	}
	return *s.record
}

func (s *Socket) giveRecord() {
	if s.record != nil {
		s.buffers.give(forRecord, s.record)
		s.record = nil
	}
}

// letGo drops what was read and gives the reader's buffers back.
func (s *Socket) letGo() {
	s.giveRecord()
	s.settle() // it lies in the intake's buffer; and what comes of it may be written next
	s.begin, s.end = 0, 0
	s.in.release()
}

// Drain reads to the end of the connection, after TLS said that no more data comes, and
// returns what ended it: nil for an orderly end.
func (s *Socket) Drain() error {
	s.letGo()
	for s.failed == nil {
		s.receive()
	}
	s.letGo()
	if errors.Is(s.failed, io.EOF) {
		return nil
	}
	return s.failed
}

// Write implements [net.Conn].
func (s *Socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.unlock()
	if s.err != nil {
		return 0, s.err
	}
	corked := s.corks.Load() > 0
	if s.batch == nil {
		if s.recorder != nil {
			s.recorder.locate(0, len(p))
		}
		if !corked {
			n, err := s.send(p)
			s.err = err
			return n, err
		}
		s.batch = s.buffers.take(forBatch)
	} else if s.recorder != nil {
		s.recorder.locate(len(*s.batch), len(p))
	}
	*s.batch = append(*s.batch, p...)
	if corked && len(*s.batch) < maxBatch {
		return len(p), nil
	}
	return len(p), s.flushLocked()
}

// Flush writes what waits.
func (s *Socket) Flush() error {
	s.mu.Lock()
	defer s.unlock()
	if s.err != nil {
		return s.err
	}
	return s.flushLocked()
}

func (s *Socket) flushLocked() error {
	if s.batch == nil {
		return nil
	}
	_, s.err = s.send(*s.batch)
	s.giveBatch()
	return s.err
}

// giveBatch drops what waits. s.mu is held.
func (s *Socket) giveBatch() {
	if s.batch != nil {
		*s.batch = (*s.batch)[:0]
		s.buffers.give(forBatch, s.batch)
		s.batch = nil
	}
}

// send writes to the connection. s.mu is held.
func (s *Socket) send(b []byte) (int, error) {
	if s.recorder != nil {
		s.recorder.sends(b)
	}
	s.given.Add(uint64(len(b)))
	s.writing.Store(int64(len(b)))
	n, err := s.TCPConn.Write(b)
	s.writing.Store(0)
	if err != nil && s.recorder != nil {
		s.recorder.failed(err)
	}
	return n, err
}

// CloseWrite ends the stream toward the peer.
func (s *Socket) CloseWrite() error {
	if s.recorder != nil {
		s.recorder.end()
	}
	s.in.finished.Store(true)
	return s.TCPConn.CloseWrite()
}

// Close implements [net.Conn].
func (s *Socket) Close() error {
	if s.recorder != nil {
		s.recorder.end()
	}
	return s.TCPConn.Close()
}

// Abort closes the connection with a TCP reset.
func (s *Socket) Abort() {
	if s.recorder != nil {
		s.recorder.reset()
	}
	// Where this fails, the connection is gone already.
	_ = s.SetLinger(0)
	_ = s.Close()
}

// Release gives back all buffers of a socket that is closed, tells the recorder the rest,
// and that the leg is over. Nobody may read any more. Who still writes finds the connection
// closed; it may be held up by the recorder, so nobody waits for it.
func (s *Socket) Release() {
	s.letGo()
	s.released.Store(true)
	s.dropBatch()
	if s.recorder != nil {
		s.recorder.tell()
		s.recorder.remarked(-1) // who still writes would be late
		s.recorder.to.Close()
	}
}

// unlock ends a write. What was remarked meanwhile gets its place: there may be more of it
// when nobody has the lock any more.
func (s *Socket) unlock() {
	s.remarked()
	s.mu.Unlock()
	for s.recorder != nil && s.recorder.waits() && s.mu.TryLock() {
		s.remarked()
		s.mu.Unlock()
	}
	if s.released.Load() {
		s.dropBatch()
	}
}

// remarked gives what was remarked its place behind what was written. s.mu is held.
func (s *Socket) remarked() {
	if s.recorder == nil {
		return
	}
	n := -1
	if s.batch != nil {
		n = len(*s.batch)
	}
	s.recorder.remarked(n)
}

// dropBatch gives back the batch of a socket that is released. Where somebody writes, that
// one does it, in unlock.
func (s *Socket) dropBatch() {
	if !s.mu.TryLock() {
		return
	}
	if s.recorder != nil {
		s.recorder.dropped()
	}
	s.giveBatch()
	if s.err == nil {
		s.err = net.ErrClosed
	}
	s.mu.Unlock()
}

var _ net.Conn = (*Socket)(nil)
