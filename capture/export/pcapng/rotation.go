package pcapng

import (
	"fmt"
	"math"
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

const (
	// MinLimit is the least limit of a file's size, in bytes.
	MinLimit = 128 << 10
	// SessionGrowth is how many times a file's limit a session may take in it.
	SessionGrowth = 4
	// FileGrowth is how many times its limit a file may be large, since the sessions that
	// began in it stay in it. One session alone does not take all of that from the others.
	FileGrowth = 8
	// maxOpen is how many files are open at once: the newest, and those with sessions
	// that have not ended.
	maxOpen = 64
)

// A Cut says that a session is recorded no further, though it goes on.
type Cut struct {
	Session capture.SessionID
	File    string // the path of the file that has what was recorded
	Why     string // printable
}

// A recorded is a session while it is recorded: the file that it began in, in which it
// stays. The recorder's lock guards its fields.
type recorded struct {
	id   capture.SessionID
	file *file
	legs []*connection // those that are not closed
	cut  bool          // nothing more is recorded
	size int64         // of what is recorded of it, in bytes
}

// add adds a leg to the session.
func (s *recorded) add(k *connection) {
	s.legs = append(s.legs, k)
	s.file.legs++
}

// times returns so many times the limit.
func (o *Options) times(n int64) int64 {
	if o.Limit == 0 || o.Limit > math.MaxInt64/n {
		return math.MaxInt64
	}
	return o.Limit * n
}

// past says why a session is recorded no further where it, or its file, would be larger
// than so many times the limit.
func (o *Options) past(what string, times int) string {
	return fmt.Sprintf("%s would take more than %d times the limit of %d bytes", what, times, o.Limit)
}

// session returns a session that has a leg to be recorded. Where it is new, it goes to
// the newest file, or where that is past its limit, to the next.
func (r *Recorder) session(id capture.SessionID) *recorded {
	s := r.sessions[id]
	if s == nil {
		if r.options.Limit > 0 && r.newest.size >= r.options.Limit {
			r.rotate()
		}
		s = &recorded{id: id, file: r.newest}
		s.file.sessions++
		r.sessions[id] = s
	}
	return s
}

// leaves takes a closed leg from its session, which ends with the last.
func (r *Recorder) leaves(k *connection) {
	s := k.session
	s.legs = slices.DeleteFunc(s.legs, func(l *connection) bool { return l == k })
	if len(s.legs) > 0 {
		return
	}
	delete(r.sessions, s.id)
	if !s.cut {
		r.left(s.file)
	}
}

// newFile returns the next file, which takes new sessions from now on.
func (r *Recorder) newFile() *file {
	n := 1
	if r.newest != nil {
		n += r.newest.number
	}
	r.newest = &file{number: n, path: nameOf(r.path, n)}
	r.files = append(r.files, r.newest)
	return r.newest
}

// header appends what a file begins with.
func (r *Recorder) header(f *file) {
	from := len(r.spool.buf)
	r.spool.buf = appendHeader(r.spool.buf, r.options.Application, headerComment,
		[]string{protocol.Client: capture.ClientLeg.InterfaceName(), protocol.Server: capture.ServerLeg.InterfaceName()})
	r.spool.wrote(f, from)
}

// headerComment is the comment of each file's section.
const headerComment = "Recorded by a relay between its client and its server. Payload, order, times, addresses and ends " +
	"are real; the Ethernet, IP and TCP headers are made up. The TLS secrets are inside: keep it private."

// rotate begins the next file, and makes room for it among the files first.
func (r *Recorder) rotate() {
	old := r.newest
	f := r.newFile()
	if old.sessions == 0 {
		r.finish(old)
	}
	if r.options.Files > 0 {
		for len(r.files) > r.options.Files {
			r.removeOldest()
		}
	}
	for r.open() > maxOpen {
		r.endOldest("too many files have sessions that have not ended")
	}
	r.spool.add(taskBegin, f)
	r.header(f)
}

// open returns how many files are open, or about to be.
func (r *Recorder) open() (n int) {
	for _, f := range r.files {
		if !f.finished {
			n++
		}
	}
	return n
}

// removeOldest removes the oldest file that is finished. Where none is, it ends the
// oldest file.
func (r *Recorder) removeOldest() {
	finished := func(f *file) bool { return f.finished }
	i := slices.IndexFunc(r.files, finished)
	if i < 0 {
		r.endOldest("its file makes room for a new one")
		i = 0
	}
	r.spool.add(taskRemove, r.files[i])
	r.files = slices.Delete(r.files, i, i+1)
}

// endOldest ends the recording of all sessions in the oldest file that is open, and so
// finishes the file.
func (r *Recorder) endOldest(why string) {
	i := slices.IndexFunc(r.files, func(f *file) bool { return !f.finished })
	oldest := r.files[i]
	for _, k := range r.byAge() {
		if k.session.file == oldest {
			r.cut(k.session, why)
		}
	}
}

// cut ends the recording of a session that goes on.
func (r *Recorder) cut(s *recorded, why string) {
	if s.cut {
		return
	}
	s.cut = true
	for _, k := range s.legs {
		k.cut(why)
	}
	r.cuts = append(r.cuts, Cut{s.id, s.file.path, why})
	signal(r.news)
	r.left(s.file)
}

// left notes that a session of the file has ended. An old file is finished with its
// last session.
func (r *Recorder) left(f *file) {
	f.sessions--
	if f.sessions == 0 && f != r.newest {
		r.finish(f)
	}
}

// finish has a file closed. Only a ring goes on to remember it.
func (r *Recorder) finish(f *file) {
	f.finished = true
	r.spool.add(taskFinish, f)
	if r.options.Files == 0 {
		r.files = slices.DeleteFunc(r.files, func(o *file) bool { return o == f })
	}
}
