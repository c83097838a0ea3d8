package session

import (
	"fmt"
	"slices"

	"anytls-inspect/protocol"
)

// A search is for frames behind missing bytes. It holds no more than one record.
type search struct {
	lost  int64  // bytes that are missing; -1: not known
	from  uint64 // bytes of the direction that were not decoded before
	uncut bool   // the source does not know what a record is
	held  uint64 // bytes of the record so far
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
	r.held += uint64(len(b))
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

// next forgets the record: what comes is of another one.
func (r *search) next() { r.held, r.buf, r.parts, r.spoilt = 0, r.buf[:0], r.parts[:0], false }

// seek takes bytes of a direction that is searched, or whose framing is not sure: a record, or a
// part of it. What it is is decided once the record is whole.
func (t *Tracker) seek(s *side, b []byte, fate Fate, continues bool) {
	t.st.Opaque[s.dir] += uint64(len(b))
	r := &s.search
	record := r.add(b, fate, continues)
	if record == nil {
		if s.unsure && (r.spoilt || !continues) {
			t.deny(s)
		}
		if !continues {
			r.next()
		}
		return
	}
	if s.unsure {
		if t.goesOn(s, record) {
			t.take(s, record)
			return
		}
		t.deny(s)
	}
	if expected := t.expectation(s); !expected.Resumes(record) {
		r.next()
		return
	}
	t.resynchronise(s, record)
}

// goesOn tells whether decoding goes on with a record where the source said how many bytes are
// missing. It is sure once frames stand where they should.
func (t *Tracker) goesOn(s *side, record []byte) bool {
	left := s.framing.left()
	if len(record) <= left {
		return true
	}
	rest := record[left:]
	if cut := s.framing.Buffered(); len(cut) > 0 {
		rest = append(slices.Clone(cut), rest...)
	}
	if len(rest) < protocol.HeaderLen {
		return true
	}
	if expected := t.expectation(s); !expected.Continues(rest) {
		return false
	}
	s.unsure = false
	return true
}

// deny takes note that the source was wrong about how many bytes are missing.
func (t *Tracker) deny(s *side) {
	t.lose(s)
	t.searches(s)
}

// take decodes a record that came in parts.
func (t *Tracker) take(s *side, record []byte) {
	parts, buf, wire := s.search.parts, s.search.buf, t.st.Wire[s.dir]
	t.st.Opaque[s.dir] -= uint64(len(record))
	if s.unsure {
		s.search.held, s.search.buf, s.search.parts = 0, nil, nil
	} else {
		s.search = search{}
	}
	t.st.Wire[s.dir] -= uint64(len(record))
	for _, part := range parts {
		t.st.Wire[s.dir] += uint64(part.size)
		s.came, s.carries = part.fate, false
		t.decode(s, record[:part.size], false)
		record = record[part.size:]
	}
	t.st.Wire[s.dir] = wire
	if s.unsure {
		s.search.buf, s.search.parts = buf[:0], parts[:0]
	}
}

// resynchronise goes on with a record behind bytes that were not decoded.
func (t *Tracker) resynchronise(s *side, record []byte) {
	r := &s.search
	missing := "an unknown number of bytes"
	if r.lost >= 0 {
		missing = fmt.Sprintf("%d bytes", r.lost)
	}
	text := fmt.Sprintf("decoding of what the %v sends goes on behind %s that are missing", s.dir.Sender(), missing)
	if skipped := t.st.Opaque[s.dir] - r.from - uint64(len(record)); skipped > 0 {
		text += fmt.Sprintf("; %d bytes behind them were not decoded", skipped)
	}
	t.shake(s.dir)
	t.missed(s) // what was not decoded may have settled what was asked meanwhile
	s.framing.resume()
	s.whole = t.st.Wire[s.dir] - uint64(len(record))
	t.diagnose(CodeResynchronised, 0, s.dir, text)
	t.take(s, record)
}

// expectation returns what is known of the session where a direction is searched.
func (t *Tracker) expectation(s *side) Expectation {
	if s.knows == nil {
		s.knows = func(id uint32) bool { return t.mayCome(s.dir, id) }
	}
	e := Expectation{Dir: s.dir, Last: t.ids.last, Knows: s.knows, Opens: true}
	if s.dir == protocol.ClientToServer {
		e.Greeted = !t.settingsAt.IsZero()
		return e
	}
	e.Greeted = t.st.Commands[s.dir][protocol.ServerSettings] > 0
	e.Opens = t.ids.open || t.dark(protocol.ClientToServer) || !t.inOrder()
	if t.ids.open {
		e.Last = max(e.Last, t.highest)
	}
	return e
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
