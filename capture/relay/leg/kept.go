package leg

import (
	"strings"
	"time"

	"anytls-inspect/capture"
)

const (
	// maxKept is how many bytes a recorder holds back while a frame is not decided: as much
	// as the longest frame takes, and what may have come with it.
	maxKept = 256 << 10
	// maxNotes is the most that the notes on what was read at once may take, in bytes: a
	// comment in a recording has a little less than 64 KiB.
	maxNotes = 32 << 10
)

// kept is what was read while it was not known what becomes of a frame in it.
type kept struct {
	reads []keptRead
	bytes []byte // of all of them, in order
}

// A keptRead is what was read at once.
type keptRead struct {
	at  time.Time
	end int // in the bytes of all
}

// settle tells what is held back, or keeps it where it is not decided yet.
func (r *recorder) settle() {
	if len(r.held) > 0 && r.undecided != nil && len(r.kept.bytes)+len(r.held) <= maxKept && r.undecided() {
		r.kept.bytes = append(r.kept.bytes, r.held...)
		r.kept.reads = append(r.kept.reads, keptRead{r.heldAt, len(r.kept.bytes)})
		r.held = nil
		return
	}
	if len(r.held) == 0 && len(r.kept.reads) > 0 && r.undecided() {
		return // nothing was read since
	}
	r.tell()
}

// tell tells all that is held back, with the notes on it.
func (r *recorder) tell() {
	from := 0
	for _, k := range r.kept.reads {
		r.noted(k.at, r.kept.bytes[from:k.end])
		from = k.end
	}
	r.kept = kept{}
	if len(r.held) > 0 {
		r.noted(r.heldAt, r.held)
	}
	r.held, r.notes = nil, nil
}

// noted tells bytes that were read, with the notes that are not told yet. Where these are too
// many for one comment, the first bytes stand alone, each with as many as fit.
func (r *recorder) noted(at time.Time, b []byte) {
	for len(b) > 1 {
		text, all := r.nextNotes()
		if all {
			r.to.Bytes(at, capture.Received, b, text)
			return
		}
		r.to.Bytes(at, capture.Received, b[:1], text)
		b = b[1:]
	}
	text, _ := r.nextNotes()
	r.to.Bytes(at, capture.Received, b, text)
}

// nextNotes takes as many notes as fit in a comment, and tells whether these are all.
func (r *recorder) nextNotes() (text string, all bool) {
	n, size := 0, 0
	for n < len(r.notes) && size+len(r.notes[n]) < maxNotes {
		size += len(r.notes[n]) + 1
		n++
	}
	if n == 0 && len(r.notes) > 0 {
		n = 1 // alone it is as long as it is
	}
	text = strings.Join(r.notes[:n], "\n")
	r.notes = r.notes[n:]
	return text, len(r.notes) == 0
}
