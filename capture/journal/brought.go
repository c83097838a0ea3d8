package journal

import (
	"anytls-inspect/capture"
	"anytls-inspect/protocol/session"
)

// A Brought is what a frame brought about at once, as far as entries tell of it: not what time
// brought about later, and no more of a code than a session's diagnostics have entries.
type Brought struct {
	Codes    []session.Code // of diagnostics, in order
	Incident uint64         // the number of the first incident that these are effects of; 0 for none
}

// BroughtBy returns what the frame with an index brought about. Codes are appended to room.
func (j *Journal) BroughtBy(index uint64, room []session.Code) Brought {
	b := Brought{Codes: room}
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := &j.ring
	from := r.frameAt(index)
	if from == nil || index != from.lastEntry() {
		return b
	}
	for seq := r.seek(index) + 1; ; seq++ {
		it := r.item(seq)
		if it == nil || it.notice == nil {
			return b
		}
		d, ok := it.notice.(session.Diagnostic)
		if !ok || it.flags&isEffect == 0 || it.session != from.session {
			continue
		}
		b.Codes = append(b.Codes, d.Code)
		if b.Incident == 0 {
			b.Incident = d.Incident
		}
	}
}

// AppendData appends the data of the frame with an index to dst, as much as is kept of it.
func (j *Journal) AppendData(dst []byte, index uint64) []byte {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := &j.ring
	if r.frameAt(index) == nil {
		return dst
	}
	c := r.cursor(index)
	_, kept := r.header(c.it, c.it.frame+c.nth)
	return r.load(dst, c.place, kept)
}

// Owed returns what is owed in a session now, or was when it closed, oldest first; nothing
// where the session is not held. It must not be changed.
func (j *Journal) Owed(id capture.SessionID) []session.Obligation {
	s := j.sessions.find(id)
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owes()
}
