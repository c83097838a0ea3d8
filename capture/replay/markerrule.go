package replay

import (
	"math"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// maxNoted is how many notes on frames of a direction may wait for the frames.
const maxNoted = 1 << 14

// A ruledSide is what a marker knows of one direction where the relay followed rules.
//
// Of what came from the leg's peer, a note says with which byte the frame begins. Of what was
// written to the peer, a note is about the record in whose packet it stands: what a rule
// touched is written as records of its own.
type ruledSide struct {
	ruled   bool           // the relay had rules
	came    bool           // the leg's peer is the direction's sender
	client  bool           // the direction is the client's
	records bool           // how the relay cut the bytes into records matters
	at      int64          // how many bytes of plaintext have come; -1: that is not known
	noted   []capture.Note // on what is to come, in order
	byte    int64          // the number of the first byte of the frame that the decoder is inside of, where a rule touched it; else 0
	bytes   int            // how many are to come of what the relay made and is no frame
	greeted bool           // a byte has come, or the preamble was kept
	framed  bool           // the preamble is over
	headed  bool           // a fate is that of a frame whose header has not come yet
	// misplaced says that it is not known which frame a note is about.
	misplaced bool
	cuts      bool // from here on the records are as the relay cut them
}

// session takes a packet that may tell of the session, before the first frame comes.
func (m *marker) session(p *packet) {
	if !p.segment.SYN || !p.isACK {
		return
	}
	n, _ := capture.ParseSessionNote(string(p.comment[:min(len(p.comment), maxNote)]))
	for d := range m.sides {
		m.sides[d].ruled = n.Rules
	}
}

// note takes a note that says with which byte its frame begins.
func (s *markedSide) note(n capture.Note) {
	if s.misplaced = s.misplaced || s.at < 0 || len(s.noted) >= maxNoted; s.misplaced {
		return
	}
	s.noted = append(s.noted, n)
}

// noteAt returns the note on the frame that begins with byte number n, nil where there is
// none. It is valid until the next call.
func (s *markedSide) noteAt(n int64) *capture.Note {
	for len(s.noted) > 0 && s.noted[0].Byte < n {
		s.noted = s.noted[1:]
	}
	if len(s.noted) == 0 {
		s.noted = nil
		return nil
	}
	if s.noted[0].Byte > n {
		return nil
	}
	return &s.noted[0]
}

// arrive takes the plaintext of a record, and returns what of it is frames, and the number of
// its first byte, with the cut in front of it. What the relay made and is no frame is emitted
// once it is whole.
func (s *markedSide) arrive(at int64, f *tlstap.Finding, said *comment, emit func(int64, capture.Event)) (b []byte, base int64) {
	b = f.Data
	if n := s.apart(b, said, s.framed || s.greeted); s.bytes == 0 && n > 0 {
		said.used = true
		s.bytes = n
		s.fate, s.byte = said.note.Fate, 0
		s.touches(s.fate)
	}
	if n := min(s.bytes, len(b)); n > 0 {
		s.made = append(s.made, b[:n]...)
		b = b[n:]
		if s.bytes -= n; s.bytes == 0 {
			emit(at, capture.Event{Kind: capture.Data, Dir: f.Dir, Data: s.made, Fate: s.fate, RecordsUnknown: s.cuts})
			s.made = s.made[:0]
			s.fate = session.Fate{}
		}
	}
	if s.at < 0 {
		return b, math.MinInt32 // no note is about what follows
	}
	base = s.at + 1 - int64(len(s.cut))
	s.at += int64(len(b))
	return b, base
}

// apart returns how many bytes a record begins with that the relay made and that are no part of
// the direction's frames: they are no frame, or one in front of the preamble.
func (*ruledSide) apart(b []byte, said *comment, framed bool) int {
	if said == nil || said.used || !said.note.Fate.Made() {
		return 0
	}
	if h, ok := protocol.ParseHeader(b); ok && !framed && said.note.Is(h) {
		return protocol.HeaderLen + int(h.Length)
	}
	return said.note.Bytes
}

// greet gives the preamble its fate, with its first byte: it may come in several records, and
// that is what a rule may have touched.
func (s *markedSide) greet(said *comment, base int64) {
	if s.greeted || s.bytes > 0 {
		return
	}
	s.greeted = true
	if s.decoder.AtBoundary() { // it has none
		return
	}
	if note := s.noteAt(base); note != nil && note.IsPreamble() {
		s.fate, s.byte = note.Fate, note.Byte
	} else if said != nil && !said.used && said.note.IsPreamble() {
		said.used = true
		s.fate, s.byte = said.note.Fate, said.note.Byte
	}
	if s.fate.Made() || s.fate.Kept() { // else it is told in the records that the receiver got
		s.touches(s.fate)
	}
}

// touches takes note of a frame with this fate: where a rule touched it, the records are as
// the relay cut them from here on.
func (s *ruledSide) touches(f session.Fate) { s.cuts = s.cuts || s.records && f.Rule != 0 }

// heads gives a frame its fate with the beginning of its header, which is all of a record: a
// rule may have split it there.
func (s *markedSide) heads(said *comment) bool {
	if s.came || !s.framed || said == nil || said.used || said.note.Fate.Rule == 0 {
		return false
	}
	said.used, s.headed = true, true
	s.fate, s.byte = said.note.Fate, said.note.Byte
	s.touches(s.fate)
	return true
}

// keepsCut tells whether the relay keeps a cut header of a frame back until it is whole: no
// rule could be asked about it. The records of the direction are not as its sender cut them then.
func (s *ruledSide) keepsCut() bool {
	keeps := s.ruled && s.came && s.framed
	s.cuts = s.cuts || keeps && s.client
	return keeps
}

// keeps takes note that a frame of this direction, which came on the other leg, was not
// written: the note says which.
func (s *markedSide) keeps(n capture.Note) {
	s.cuts = s.cuts || s.records
	if n.IsPreamble() && !s.greeted {
		s.greeted, s.framed = true, true
		s.decoder.Skip(protocol.Header{}, 0)
	}
}

// touched takes note of a frame that a rule touched.
func (m *marker) touched(at int64, dir protocol.Direction, h protocol.Header, fate session.Fate) {
	s, now := &m.sides[dir], time.Unix(0, at)
	s.follow(h)
	switch h.Command {
	case protocol.HeartRequest:
		if !fate.Kept() {
			s.ledger.Ask(session.Request{At: now, Stream: h.Stream, Injected: fate.Made()})
		}
	case protocol.HeartResponse:
		if l := &m.sides[dir.Reverse()].ledger; fate.Kind == session.Dropped {
			l.Forget(h.Stream)
		} else {
			l.SettleMarked(now, h.Stream, fate.Kind == session.Absorbed)
		}
	}
}

// anchor takes the note on a frame that came on the other leg and was not written to the
// leg's peer: its place is here. Only the joint has use for it.
func (c *connection) anchor(p *packet) {
	note, ok := capture.ParseNote(string(p.comment[:min(len(p.comment), maxStateNote)]))
	if !ok || note.Byte == 0 || !note.Fate.Kept() || c.marker == nil {
		return
	}
	dir := c.leg.Peer().Toward()
	c.marker.sides[dir].keeps(note)
	switch {
	case c.joint != nil:
		c.tell(p.at, capture.Event{Kind: capture.Data, Dir: dir, Fate: note.Fate, Missing: note.Byte})
	case note.IsPreamble(): // this leg does not show it: the frames are to be found behind it
		c.marker.sides[dir].records, c.marker.sides[dir].cuts = false, false
		c.tell(p.at, capture.Event{Kind: capture.Gap, Dir: dir, Missing: -1})
	}
}

// marked emits an event of what the marker has found. Where a rule touched the frame, the
// joint is told with which byte that begins.
func (c *connection) marked(at int64, e capture.Event) {
	if c.joint == nil {
		e.Missing = 0
	}
	c.emit(at, e)
}
