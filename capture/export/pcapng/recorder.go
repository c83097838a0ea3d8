package pcapng

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

const (
	// maxSpool is how many bytes may wait to be written before sources wait too.
	maxSpool = 8 << 20
	// chunk is about how many bytes are written at once. As many wake the writer.
	chunk = 256 << 10
	// flushEvery is the longest that blocks wait to be written with others.
	flushEvery = 200 * time.Millisecond
	// patience is how long a file may take no byte while sources wait for room.
	patience = 500 * time.Millisecond
	// maxWaited is how long sources may wait for room within the last window, counted in
	// seconds that begin with the recording. Several that wait at once count once.
	maxWaited = time.Second
	window    = 10
	// writeWithin is how long a write, or what else is done to a file, may take while no
	// source waits.
	writeWithin = 5 * time.Second
	// closeWithin is how long Close and sources wait for the writer, in all, after Hurry.
	// tellWithin is how long Close then waits for what Options has called. Together they
	// are less than a second.
	closeWithin = 500 * time.Millisecond
	tellWithin  = 200 * time.Millisecond
)

// Options say what is recorded. The zero value records both legs into one file.
type Options struct {
	// Skip says with which peers the legs are not recorded.
	Skip protocol.ByPeer[bool]
	// Limit is how many bytes a file has from which on it takes no new sessions; 0: no
	// limit. A session that would take more than [SessionGrowth] times the limit, or
	// whose file would take more than [FileGrowth] times the limit, is recorded no
	// further.
	Limit int64
	// Files is how many files there are at most; 0: any number. It needs a limit.
	// Before another file begins, the oldest that is closed is removed. Where none is,
	// the sessions of the oldest are recorded no further. So the recording takes
	// Files × FileGrowth × Limit bytes at most.
	Files int
	// Output is what the recording is written to, in place of a file; the path only names it
	// then. There can be no limit. It is closed at the end, and that should end a Write that
	// does not return. It may be nil.
	Output io.WriteCloser
	// Application names the program that records, with its version.
	Application string
	// Failed is called once where a file can't be written. The recording has ended
	// then. It may be nil.
	Failed func(error)
	// Cut is called for each session that is recorded no further while the recording
	// goes on. It may be nil.
	//
	// Failed and Cut are called from one goroutine. No source and no writer waits for
	// them. They must not call Close.
	Cut func(Cut)
}

// Stats are the figures of a recording.
type Stats struct {
	Path    string // of the newest file
	Files   int    // that were begun
	Packets uint64 // made; the newest may not be written yet
	Bytes   int64  // written, in all files
	Err     error  // why the recording failed; nil where it did not
}

// A Recorder writes the connections of a relay to one file or to several. It
// implements [capture.Recorder], and is safe for concurrent use. The package's
// comment says which lock guards what, and who ends its goroutines.
type Recorder struct {
	options Options
	path    string // of the first file

	mu       sync.Mutex
	room     sync.Cond
	spool    spool
	sessions map[capture.SessionID]*recorded // those with a leg that is not closed
	live     map[uint64]*connection          // those that are not closed, by serial number
	serial   uint64                          // of the newest connection
	files    []*file                         // those that are not finished; in a ring also those that are not removed
	newest   *file                           // takes the sessions that begin
	closed   bool                            // nothing more is taken
	ended    bool                            // the writer has ended, or was given up
	stats    Stats
	cuts     []Cut     // that are not told yet
	costs    costs     // what sources waited
	hurried  bool      // Hurry was called
	progress uint64    // counts what the writer has done
	advanced time.Time // when that rose
	watch    watch     // whether it goes on
	current  *file     // the one that the writer is at
	stuck    io.Closer // ends a write to it; nil where it is not open yet

	wake    chan struct{} // has a token where a chunk waits
	news    chan struct{} // has a token where there are cuts
	closing chan struct{}
	hurry   chan struct{}
	over    chan struct{}
	told    chan struct{}
}

// Create begins a recording at path. It replaces a capture that is there, as tcpdump
// does, but no other file, and follows no link but those of [OwnDescriptor]. The file's
// mode is 0600, since the TLS secrets are in it. Where o limits the size, the next files
// have a number before the extension: rec.pcapng, rec-2.pcapng. The caller has to close
// the recorder.
func Create(path string, o Options) (*Recorder, error) {
	if o.Output != nil {
		return create(path, o, givenOutput{o.Output})
	}
	return create(path, o, osStorage{})
}

func create(path string, o Options, in storage) (*Recorder, error) {
	switch {
	case o.Limit != 0 && o.Limit < MinLimit:
		return nil, fmt.Errorf("a limit of %d bytes is too small for a recording: at least %d", o.Limit, MinLimit)
	case o.Limit > 0 && (o.Output != nil || OwnDescriptor(path)):
		return nil, fmt.Errorf("%s is one output, and a limit of the size makes several files: name a file, or set no limit", path)
	case o.Files < 0 || o.Files > 0 && o.Limit == 0:
		return nil, fmt.Errorf("%d files: a number of files goes with a limit of their size, and is above 0", o.Files)
	}
	r := &Recorder{
		options:  o,
		path:     path,
		sessions: make(map[capture.SessionID]*recorded),
		live:     make(map[uint64]*connection),
		stats:    Stats{Path: path},
		wake:     make(chan struct{}, 1),
		news:     make(chan struct{}, 1),
		closing:  make(chan struct{}),
		hurry:    make(chan struct{}),
		costs:    costs{began: now()},
		over:     make(chan struct{}),
		told:     make(chan struct{}),
	}
	r.room.L = &r.mu
	// The first file is opened here, so that the caller gets its error.
	first := r.newFile()
	if err := first.begin(in); err != nil {
		return nil, err
	}
	r.header(first)
	w := &writer{r: r, storage: in, open: []*file{first}}
	r.at(first)
	r.begun(first)
	go w.run()
	go r.tell()
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
	s := r.session(c.Session)
	if s.cut {
		return nil
	}
	r.serial++
	k := newConnection(r, r.serial, s, c)
	r.live[k.serial] = k
	s.add(k)
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
// is written and the files are closed, however long a file takes that; or with an error
// where one takes nothing for 5 s, or, after [Recorder.Hurry], not all of it within 0.5 s.
// The error is that of a failed write, whenever that was.
func (r *Recorder) Close() error {
	r.mu.Lock()
	if !r.closed {
		for _, k := range r.byAge() {
			k.finish()
		}
		r.close()
	}
	r.mu.Unlock()
	r.await()
	return r.Stats().Err
}

// Hurry says that the program has to end soon: Close, and sources that wait for room, give
// a file half a second more, in all. It does not end the recording by itself. It may be
// called at any time, and does not block.
func (r *Recorder) Hurry() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.hurried {
		r.hurried = true
		close(r.hurry)
	}
}

// close has the writer end, and lets callers that wait for room return. It is called
// once, with the lock held.
func (r *Recorder) close() {
	r.closed = true
	r.room.Broadcast()
	close(r.closing)
}

// enter locks the recorder and waits for room in the spool. It returns false where the
// recording has ended. The caller has to call leave in either case.
func (r *Recorder) enter() bool {
	r.mu.Lock()
	if r.spool.waiting >= maxSpool {
		r.awaitRoom()
	}
	return !r.closed
}

// leave unlocks the recorder, and wakes the writer where the spool holds much.
func (r *Recorder) leave() {
	if len(r.spool.buf) >= chunk {
		signal(r.wake)
	}
	r.mu.Unlock()
}

// signal puts a token into a channel with room for one, unless one is there.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

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
