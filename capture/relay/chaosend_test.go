package relay_test

import (
	"crypto/tls"
	"errors"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// An account is what went one way, as one end of a session saw it.
type account struct {
	preamble protocol.Preamble
	frames   []fingerprint // that are no heartbeats
	asked    []uint32      // the stream ids of the HeartRequests
	answers  []uint32      // those of the HeartResponses
}

// A fingerprint stands for a frame with all its data.
type fingerprint struct {
	hash uint64
	size int
}

// enter enters a frame that is whole.
func (a *account) enter(h protocol.Header, f fingerprint) {
	switch {
	case h.Command == protocol.HeartRequest && f.size == protocol.HeaderLen:
		a.asked = append(a.asked, h.Stream)
	case h.Command == protocol.HeartResponse && f.size == protocol.HeaderLen:
		a.answers = append(a.answers, h.Stream)
	default:
		a.frames = append(a.frames, f)
	}
}

// An end is one end of a session: it sends frames and HeartRequests, answers those that
// come, and keeps account of both ways. A reader and a writer run for it.
type end struct {
	conn *tls.Conn
	dir  protocol.Direction // that it sends in
	seed maphash.Seed
	// tagged says that its HeartRequests have stream ids of their own, so that it is told
	// whose the answers are; else they are 0, as those of the relay are.
	tagged bool
	take   func(h protocol.Header, data []byte) // gets the frames that are no heartbeats; only the reader calls it
	loops  sync.WaitGroup
	over   chan struct{} // closed when nothing more comes

	mu        sync.Mutex
	changed   sync.Cond
	queue     []byte // what is to be sent
	closing   bool   // nothing more is queued: close_notify goes out behind the queue
	dead      bool   // nothing can be sent any more
	heard     bool   // nothing more comes
	sent, got account
}

// maxQueue is how much data an end queues.
const maxQueue = 128 << 10

func newEnd(conn *tls.Conn, dir protocol.Direction, seed maphash.Seed, tagged bool) *end {
	e := &end{conn: conn, dir: dir, seed: seed, tagged: tagged, over: make(chan struct{})}
	e.changed.L = &e.mu
	return e
}

// start starts the reader, which goes on until the stream ends, and the writer.
func (e *end) start(rnd *rand.Rand) {
	e.loops.Go(func() {
		err := e.read()
		e.hear()
		if errors.Is(err, io.EOF) {
			e.finish()
		} else {
			e.kill()
		}
	})
	e.loops.Go(func() {
		if e.write(rnd) != nil {
			e.kill()
		}
	})
}

// hear notes that nothing more comes.
func (e *end) hear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = true
	e.changed.Broadcast()
	close(e.over)
}

// finish lets the writer send what is queued, and close_notify.
func (e *end) finish() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closing = true
	e.changed.Broadcast()
}

// kill ends the connection.
func (e *end) kill() {
	e.mu.Lock()
	e.dead = true
	e.changed.Broadcast()
	e.mu.Unlock()
	_ = e.conn.NetConn().Close()
}

// push queues a frame. It returns false where that can't be sent any more.
func (e *end) push(c protocol.Command, stream uint32, data []byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pushLocked(c, stream, data)
}

func (e *end) pushLocked(c protocol.Command, stream uint32, data []byte) bool {
	if e.closing || e.dead {
		return false
	}
	from := len(e.queue)
	queue, err := protocol.AppendFrame(e.queue, c, stream, data)
	if err != nil {
		panic(err)
	}
	e.queue = queue
	whole := queue[from:]
	e.sent.enter(protocol.Header{Command: c, Stream: stream}, fingerprint{maphash.Bytes(e.seed, whole), len(whole)})
	e.changed.Broadcast()
	return true
}

// pushData queues a PSH when there is room for it.
func (e *end) pushData(stream uint32, data []byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.queue) > maxQueue && !e.closing && !e.dead {
		e.changed.Wait()
	}
	return e.pushLocked(protocol.PSH, stream, data)
}

// pushNoise queues n bytes of noise as the data of a stream.
func (e *end) pushNoise(stream uint32, n int, rnd *rand.Rand) bool {
	var key [32]byte
	for i := range key {
		key[i] = byte(rnd.Uint32())
	}
	noise := rand.NewChaCha8(key)
	for n > 0 {
		part := make([]byte, min(n, int(spread(rnd, protocol.MaxData))))
		_, _ = noise.Read(part) // never fails
		if !e.pushData(stream, part) {
			return false
		}
		n -= len(part)
	}
	return true
}

// ask queues a HeartRequest.
func (e *end) ask() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	tag := uint32(0)
	if e.tagged {
		tag = uint32(len(e.sent.asked)) + 1
	}
	return e.pushLocked(protocol.HeartRequest, tag, nil)
}

// beat asks again and again, until the end is over or stop is closed.
func (e *end) beat(every time.Duration, stop <-chan struct{}) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if !e.ask() {
				return
			}
		case <-e.over:
			return
		case <-stop:
			return
		}
	}
}

// awaitAnswers waits until all that was asked is answered, or the end is over.
func (e *end) awaitAnswers() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.own(e.got.answers)) < len(e.sent.asked) && !e.dead && !e.heard {
		e.changed.Wait()
	}
}

// own returns the answers to what the end has asked, as far as that shows.
func (e *end) own(answers []uint32) []uint32 {
	if !e.tagged {
		return answers
	}
	return slices.DeleteFunc(slices.Clone(answers), func(tag uint32) bool { return tag == 0 })
}

// write sends what is queued, cut at random, and returns when the end has closed.
func (e *end) write(rnd *rand.Rand) error {
	var buf []byte
	for {
		e.mu.Lock()
		for len(e.queue) == 0 && !e.closing && !e.dead {
			e.changed.Wait()
		}
		n := len(e.queue)
		if rnd.IntN(4) == 0 {
			n = min(n, int(spread(rnd, 4<<10)))
		}
		buf = append(buf[:0], e.queue[:n]...)
		e.queue = e.queue[n:]
		e.changed.Broadcast()
		dead := e.dead
		e.mu.Unlock()
		switch {
		case dead:
			return nil
		case n == 0:
			return e.conn.CloseWrite()
		}
		if _, err := e.conn.Write(buf); err != nil {
			return err
		}
	}
}

// read reads until the stream ends, and returns how.
func (e *end) read() error {
	in := newReckoner(e.dir.Reverse(), e.seed, &e.got.preamble, e.whole)
	buf := make([]byte, 32<<10)
	for {
		n, err := e.conn.Read(buf)
		in.read(buf[:n])
		if err != nil {
			return err
		}
	}
}

// whole takes a frame that has come as a whole.
func (e *end) whole(h protocol.Header, data []byte, f fingerprint) {
	e.mu.Lock()
	e.got.enter(h, f)
	e.changed.Broadcast()
	if h.Command == protocol.HeartRequest {
		e.pushLocked(protocol.HeartResponse, h.Stream, nil)
	}
	e.mu.Unlock()
	if h.Command != protocol.HeartRequest && h.Command != protocol.HeartResponse {
		e.take(h, data)
	}
}

// A reckoner puts the frames of a direction together.
type reckoner struct {
	dec      protocol.Decoder
	preamble *protocol.Preamble
	whole    func(protocol.Header, []byte, fingerprint) // gets each frame; its data is the reckoner's
	hash     maphash.Hash
	size     int
	data     []byte
}

func newReckoner(dir protocol.Direction, seed maphash.Seed, preamble *protocol.Preamble, whole func(protocol.Header, []byte, fingerprint)) *reckoner {
	r := &reckoner{dec: protocol.NewDecoder(dir), preamble: preamble, whole: whole}
	r.hash.SetSeed(seed)
	return r
}

func (r *reckoner) read(b []byte) {
	for len(b) > 0 {
		p, used := r.dec.Next(b)
		b = b[used:]
		switch {
		case p.Kind == protocol.PiecePreamble && p.First:
			*r.preamble = *p.Preamble
		case p.Kind == protocol.PieceFrame:
			if p.First {
				r.hash.Reset()
				_, _ = r.hash.Write(p.Header.Append(nil))
				r.size, r.data = protocol.HeaderLen, r.data[:0]
			}
			_, _ = r.hash.Write(p.Data)
			r.size += len(p.Data)
			r.data = append(r.data, p.Data...)
			if p.Last {
				r.whole(p.Header, r.data, fingerprint{r.hash.Sum64(), r.size})
			}
		}
	}
}
