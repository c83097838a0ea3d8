package session

import (
	"fmt"

	"anytls-inspect/protocol"
)

// A search is for frames behind missing bytes. It holds no more than one record.
type search struct {
	lost  int64  // bytes that are missing; -1: not known
	from  uint64 // bytes of the direction that were not decoded before
	uncut bool   // the source does not know what a record is
	buf   []byte
	parts []recordPart
	// spoilt says that the record is longer than one can be, or has too many parts.
	spoilt bool
}

// A recordPart is a part of a record of which one thing became.
type recordPart struct {
	size int
	fate Fate
}

// maxRecordParts is how many parts a record is followed in.
const maxRecordParts = 64

// missing takes note of missing bytes; -1 where their number is not known.
func (r *search) missing(n int64) {
	if n < 0 || r.lost < 0 {
		r.lost = -1
		return
	}
	r.lost += n
}

// add takes a record, or a part of it, and returns the whole record once there is no more of
// it. It copies nothing of one that comes at once.
func (r *search) add(b []byte, fate Fate, continues bool) (record []byte) {
	if len(r.parts) == 0 && !r.spoilt && !continues && len(b) <= protocol.MaxRecord {
		r.parts = append(r.parts, recordPart{len(b), fate})
		return b
	}
	if n := len(r.parts); n > 0 && r.parts[n-1].fate == fate {
		r.parts[n-1].size += len(b)
	} else {
		r.parts = append(r.parts, recordPart{len(b), fate})
	}
	if r.spoilt = r.spoilt || r.uncut || len(r.buf)+len(b) > protocol.MaxRecord || len(r.parts) > maxRecordParts; r.spoilt {
		r.buf, r.parts = nil, r.parts[:0]
	} else {
		r.buf = append(r.buf, b...)
	}
	if continues || r.spoilt {
		r.spoilt = r.spoilt && continues
		return nil
	}
	return r.buf
}

// next forgets the record.
func (r *search) next() { r.buf, r.parts = r.buf[:0], r.parts[:0] }

// seek takes bytes of a direction that is searched: a record, or a part of it. Where the whole
// record surely consists of frames, decoding goes on with it.
func (t *Tracker) seek(s *side, b []byte, fate Fate, continues bool) {
	t.st.Opaque[s.dir] += uint64(len(b))
	r := &s.search
	record := r.add(b, fate, continues)
	if record == nil {
		return
	}
	if sight := t.sight(s); !sight.Resumes(record) {
		r.next()
		return
	}
	t.st.Opaque[s.dir] -= uint64(len(record))
	missing := "an unknown number of bytes"
	if r.lost >= 0 {
		missing = fmt.Sprintf("%d bytes", r.lost)
	}
	text := fmt.Sprintf("decoding of what the %v sends goes on behind %s that are missing", s.dir.Sender(), missing)
	if skipped := t.st.Opaque[s.dir] - r.from; skipped > 0 {
		text += fmt.Sprintf("; %d bytes behind them were not decoded", skipped)
	}
	parts := r.parts
	t.shake(s.dir)
	t.missed(s) // what was not decoded may have settled what was asked meanwhile
	s.search = search{}
	s.framing.resume()
	t.diagnose(CodeResynchronised, 0, s.dir, text)
	for _, part := range parts {
		s.came, s.carries = part.fate, false
		t.decode(s, record[:part.size], false)
		record = record[part.size:]
	}
	s.whole = t.st.Wire[s.dir]
}

// sight returns what is known of the session where a direction is searched.
func (t *Tracker) sight(s *side) Sight {
	if s.knows == nil {
		s.knows = func(id uint32) bool { return t.mayCome(s.dir, id) }
	}
	v := Sight{Dir: s.dir, Last: t.ids.last, Knows: s.knows, Opens: true}
	if s.dir == protocol.ClientToServer {
		v.Greeted = !t.settingsAt.IsZero()
		return v
	}
	v.Greeted = t.st.Commands[s.dir][protocol.ServerSettings] > 0
	v.Opens = t.ids.open || t.dark(protocol.ClientToServer) || !t.inOrder()
	if t.ids.open {
		v.Last = max(v.Last, t.highest)
	}
	return v
}

// plausible tells whether a header may come next in a direction.
func (t *Tracker) plausible(s *side, h protocol.Header) bool {
	v := t.sight(s)
	return v.Plausible(h)
}

// mayCome tells whether a frame of a stream, up to the last, may come in a direction.
func (t *Tracker) mayCome(dir protocol.Direction, id uint32) bool {
	if t.streams.open[id] != nil || t.ids.mayBe(id) || t.st.Untracked > 0 {
		return true
	}
	if past := t.streams.past[id]; past != nil {
		return !past.ends[dir].sent
	}
	return t.ids.opened(id)
}
