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
	// maxSpool is how many bytes wait to be written before sources must wait,
	// too.
	maxSpool = 4 << 20
	// flushAt is how many are written without waiting for more.
	flushAt = 256 << 10
	// flushEvery is how long blocks wait for others, to be written with them.
	flushEvery = 200 * time.Millisecond
)

// MinLimit is the least size that a file can be limited to, in bytes.
const MinLimit = 128 << 10

// Options say what is recorded. The zero value records both legs into one file.
type Options struct {
	// Skip says which legs are not recorded, by [protocol.Peer].
	Skip protocol.ByPeer[bool]
	// Limit is the size in bytes from which on a file is followed by another; 0:
	// none. A file exceeds it only where one handshake does.
	Limit int64
	// Application is who recorded, with its version.
	Application string
	// Failed is told, once, what went wrong with a file: nothing is recorded from
	// then on. Nil: nobody is. It is called from a goroutine of the recorder,
	// and must not close it.
	Failed func(error)
}

// Stats are the figures of a recording.
type Stats struct {
	Path    string // of the file that is being written
	Files   int
	Packets uint64 // taken; those of the last moment may not be written yet
	Bytes   int64  // written, of all files
	Err     error  // why recording ended; nil while it goes on
}

// A Recorder writes connections to a file, or several. It implements
// [capture.Recorder], and is safe for concurrent use. It takes what it is given
// into a bounded buffer, which a goroutine writes out five times a second, or
// sooner where there is much. Where the disk does not keep up, the callers wait.
type Recorder struct {
	options Options

	mu     sync.Mutex
	room   sync.Cond // that something was taken from the spool, or it ended
	spool  spool
	live   map[uint64]*connection
	serial uint64 // of the newest connection
	closed bool   // nothing more is taken
	stats  Stats

	wake    chan struct{} // there is much to write
	closing chan struct{}
	done    chan struct{} // closed when all is written
}

// Create begins a recording at path. A file that is there is replaced, as tcpdump
// does. It has the mode 0600: the secrets are in it. Where o limits its size, the
// next files have numbers before the extension: rec.pcapng, rec-2.pcapng.
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

// Close writes what there is, closes the file and returns why recording ended, if
// that was before. Connections that are open are recorded no further.
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

// close lets nothing more in, and those go that wait to get in.
func (r *Recorder) close() {
	r.closed = true
	r.room.Broadcast()
	close(r.closing)
}

// enter locks the recorder, and waits until there is room in the spool. It reports
// false where nothing more is taken. leave must be called in either case.
func (r *Recorder) enter() bool {
	r.mu.Lock()
	for len(r.spool.buf) >= maxSpool && !r.closed {
		r.room.Wait()
	}
	return !r.closed
}

func (r *Recorder) leave() {
	if len(r.spool.buf) >= flushAt {
		select {
		case r.wake <- struct{}{}:
		default: // it is told already
		}
	}
	r.mu.Unlock()
}

// reserve begins another file where n more bytes are too many for this one.
func (r *Recorder) reserve(n int) {
	if r.spool.full(n) {
		r.spool.cut()
		r.header()
	}
}

// header appends what a file begins with.
func (r *Recorder) header() {
	r.spool.buf = appendHeader(r.spool.buf, r.options.Application, headerComment,
		[]string{protocol.Client: capture.ClientLeg.InterfaceName(), protocol.Server: capture.ServerLeg.InterfaceName()})
	for _, k := range r.byAge() {
		if lines := k.secrets.known(); len(lines) > 0 && !r.spool.full(secretsOverhead+len(lines)+int(r.options.Limit/2)) {
			r.spool.buf = appendSecrets(r.spool.buf, lines)
		}
	}
}

// headerComment says what the file is to who opens it elsewhere.
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
