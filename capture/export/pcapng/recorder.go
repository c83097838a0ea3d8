package pcapng

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

const (
	// maxSpool is how many bytes may wait to be written before sources wait too.
	maxSpool = 4 << 20
	// flushAt is from how many bytes on the writer is woken at once.
	flushAt = 256 << 10
	// flushEvery is the longest that blocks wait to be written with others.
	flushEvery = 200 * time.Millisecond
)

// MinLimit is the least limit of a file's size, in bytes.
const MinLimit = 128 << 10

// Options say what is recorded. The zero value records both legs into one file.
type Options struct {
	// Skip says with which peers the legs are not recorded.
	Skip protocol.ByPeer[bool]
	// Limit is the most bytes in one file; 0: no limit. A file exceeds it only where
	// a single handshake does.
	Limit int64
	// Application names the program that records, with its version.
	Application string
	// Failed is called once where a file can't be written. The recording has ended
	// then. It is called from the writer, so it must not call Close. It may be nil.
	Failed func(error)
}

// Stats are the figures of a recording.
type Stats struct {
	Path    string // of the newest file
	Files   int
	Packets uint64 // made; the newest may not be written yet
	Bytes   int64  // written, in all files
	Err     error  // why the recording failed; nil where it did not
}

// A Recorder writes the connections of a relay to one file or to several. It
// implements [capture.Recorder], and is safe for concurrent use. The package's
// comment says which lock guards what, and who ends its goroutine.
type Recorder struct {
	options Options

	mu     sync.Mutex
	room   sync.Cond
	spool  spool
	live   map[uint64]*connection // those that are not closed, by serial number
	serial uint64                 // of the newest connection
	closed bool                   // nothing more is taken
	stats  Stats

	wake    chan struct{} // has a token where the spool holds flushAt bytes
	closing chan struct{}
	done    chan struct{}
}

// Create begins a recording at path. It replaces a file that is there, as tcpdump
// does. The file's mode is 0600, since the TLS secrets are in it. Where o limits the
// size, the next files have a number before the extension: rec.pcapng, rec-2.pcapng.
// The caller has to close the recorder.
func Create(path string, o Options) (*Recorder, error) {
	return create(path, o, openFile)
}

func create(path string, o Options, open opener) (*Recorder, error) {
	if o.Limit != 0 && o.Limit < MinLimit {
		return nil, fmt.Errorf("a limit of %d bytes is too small for a recording: at least %d", o.Limit, MinLimit)
	}
	f := &files{path: path, open: open}
	if err := f.next(); err != nil {
		return nil, err
	}
	r := &Recorder{
		options: o,
		spool:   spool{limit: o.Limit},
		live:    make(map[uint64]*connection),
		stats:   Stats{Path: path, Files: 1},
		wake:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		done:    make(chan struct{}),
	}
	r.room.L = &r.mu
	r.header()
	go r.write(f)
	return r, nil
}

// Leg implements [capture.Recorder].
func (r *Recorder) Leg(c capture.LegInfo) capture.LegRecorder {
	if r.options.Skip[c.Leg.Peer()] {
		return nil
	}
	defer r.leave()
	if !r.enter() {
		return nil
	}
	r.serial++
	k := newConnection(r, r.serial, c)
	r.live[k.serial] = k
	k.shake(c)
	return k
}

// Stats returns the figures so far.
func (r *Recorder) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}

// Close ends the recording, also of connections that are open. It returns when all
// is written and the file is closed. The error is that of a failed write, whenever
// that was.
func (r *Recorder) Close() error {
	r.mu.Lock()
	if !r.closed {
		for _, k := range r.byAge() {
			k.finish()
		}
		r.close()
	}
	r.mu.Unlock()
	<-r.done
	return r.Stats().Err
}

// close ends the recording: callers that wait for room return. It is called once,
// with the lock held.
func (r *Recorder) close() {
	r.closed = true
	r.room.Broadcast()
	close(r.closing)
}

// enter locks the recorder and waits for room in the spool. It returns false where the
// recording has ended. The caller has to call leave in either case.
func (r *Recorder) enter() bool {
	r.mu.Lock()
	for len(r.spool.buf) >= maxSpool && !r.closed {
		r.room.Wait()
	}
	return !r.closed
}

// leave unlocks the recorder, and wakes the writer where the spool holds much.
func (r *Recorder) leave() {
	if len(r.spool.buf) >= flushAt {
		select {
		case r.wake <- struct{}{}:
		default: // it has a token already
		}
	}
	r.mu.Unlock()
}

// reserve begins the next file where n more bytes would exceed the limit of this one.
func (r *Recorder) reserve(n int) {
	if r.spool.full(n) {
		r.spool.cut()
		r.header()
	}
}

// header appends what a file begins with. The secrets of open connections take half of
// the file at most.
func (r *Recorder) header() {
	r.spool.buf = appendHeader(r.spool.buf, r.options.Application, headerComment,
		[]string{protocol.Client: capture.ClientLeg.InterfaceName(), protocol.Server: capture.ServerLeg.InterfaceName()})
	for _, k := range r.byAge() {
		if lines := k.secrets.known(); len(lines) > 0 && !r.spool.full(secretsOverhead+len(lines)+int(r.options.Limit/2)) {
			r.spool.buf = appendSecrets(r.spool.buf, lines)
		}
	}
}

// headerComment is the comment of each file's section.
const headerComment = "Recorded by a relay between its client and its server. Payload, order, times, addresses and ends " +
	"are real; the Ethernet, IP and TCP headers are made up. The TLS secrets are inside: keep it private."

// byAge returns the open connections, oldest first.
func (r *Recorder) byAge() []*connection {
	open := make([]*connection, 0, len(r.live))
	for _, k := range r.live {
		open = append(open, k)
	}
	slices.SortFunc(open, func(a, b *connection) int { return cmp.Compare(a.serial, b.serial) })
	return open
}

var _ capture.Recorder = (*Recorder)(nil)
