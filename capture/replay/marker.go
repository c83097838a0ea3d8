package replay

import (
	"bytes"
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// maxComments is how many comments of a direction may wait for their records.
const maxComments = 256

// A marker finds the frames that the comments in a recording of the relay are
// about, and gives them their fates: a comment is about a packet, which may carry
// several frames, or says with which byte the frame begins.
type marker struct {
	sides protocol.ByDirection[markedSide]
}

// A markedSide is what a marker knows of one direction.
type markedSide struct {
	decoder  protocol.Decoder
	comments []comment
	ledger   session.Ledger      // the HeartRequests that travel in this direction
	fate     session.Fate        // of the frame that the decoder is inside of
	made     []byte              // what has come of it, where the relay made it
	expected session.Expectation // by which frames are found again behind missing bytes
	lost     bool                // bytes are missing: it is not known where a frame begins
	doubtful bool                // requests or answers of the ledger may be among missing bytes
	blind    bool                // a note can't be placed: nothing more is told of the direction
	// cut is the beginning of a header that the next record goes on with, where that may be
	// an answer to the relay: a frame has one fate.
	cut   []byte
	whole []byte // the cut with what came behind it
	ruledSide
}

// A comment is a note on a frame somewhere in a range of a direction's bytes.
type comment struct {
	from, to int64 // numbers of the first byte, and of the one after the last
	note     capture.Note
	used     bool // the frame was found
	fitted   bool // one was, of those that it stands for
}

// newMarker returns the marker of a leg.
func newMarker(l capture.Leg) *marker {
	m := &marker{}
	for d := range m.sides {
		s, dir := &m.sides[d], protocol.Direction(d)
		s.decoder = protocol.NewDecoder(dir)
		s.expected.Dir = dir
		s.came = dir.Sender() == l.Peer()
		s.client, s.framed = dir == protocol.ClientToServer, dir == protocol.ServerToClient
		s.records = s.client && !s.came
	}
	return m
}

// comment takes the comment of a packet whose payload begins with byte number from.
func (m *marker) comment(dir protocol.Direction, from int64, p *packet) {
	s := &m.sides[dir]
	for line := range bytes.SplitSeq(p.comment, []byte("\n")) {
		note, ok := capture.ParseNote(string(line))
		switch {
		case !ok:
		case s.came && note.Byte > 0:
			s.note(note)
		case len(s.comments) < maxComments:
			s.comments = append(s.comments, comment{from: from, to: from + int64(p.segment.Length), note: note})
		}
	}
}

// said returns the comment on the packet in which a record ends: before byte number
// end. It is nil where there is none. It is valid until the next comment.
func (s *markedSide) said(end int64) *comment {
	// Packets may come in any order, and so may comments.
	s.comments = slices.DeleteFunc(s.comments, func(c comment) bool { return c.to < end })
	for i := range s.comments {
		if s.comments[i].from < end {
			return &s.comments[i]
		}
	}
	return nil
}

// split emits the plaintext of a record in parts, so that each has one fate. A frame
// that the relay made is emitted once it is whole: its sender's framing must not see
// a part of it. It returns false where it is not known which frame a note is about: from
// there on, nothing of the direction is emitted.
func (m *marker) split(at int64, f *tlstap.Finding, emit func(int64, capture.Event)) bool {
	s := &m.sides[f.Dir]
	if s.blind {
		return true
	}
	if s.misplaced || s.at < 0 && len(s.noted) > 0 {
		s.blind = true
		return false
	}
	said := s.said(f.Offset)
	if s.lost && !s.finds(f.Data) {
		if s.blind = said != nil && !said.used; !s.blind { // else no frame is one with a fate
			emit(at, capture.Event{Kind: capture.Data, Dir: f.Dir, Data: f.Data, RecordsUnknown: s.cuts})
		}
		return !s.blind
	}
	part := func(b []byte, continues bool) {
		if s.fate.Made() {
			s.made = append(s.made, b...)
			return
		}
		if len(b) > 0 {
			emit(at, capture.Event{
				Kind: capture.Data, Dir: f.Dir, Data: b, Fate: s.fate, Missing: s.byte, Continues: continues, RecordsUnknown: s.cuts,
			})
		}
	}
	b, base := s.arrive(at, f, said, emit)
	if len(b) > 0 {
		s.greet(said, base)
	}
	begun := 0
	frame := 0 // where the frame begins that the decoder has come to
	i := len(s.cut)
	if i > 0 {
		s.whole = append(append(s.whole[:0], s.cut...), b...)
		b, s.cut = s.whole, s.cut[:0]
	}
	for i < len(b) {
		p, n := s.decoder.Next(b[i:])
		i += n
		switch {
		case !p.First || p.Kind != protocol.PieceFrame:
		case s.headed:
			s.headed = false
			m.touched(at, f.Dir, p.Header, s.fate)
		default:
			whole := i-frame-len(p.Data) == protocol.HeaderLen
			if s.doubts(p.Header, said) {
				part(b[begun:frame], false)
				s.blind = true
				return false
			}
			if fate, of := m.fateOf(at, f.Dir, p.Header, said, whole, base+int64(frame)); fate != (session.Fate{}) {
				part(b[begun:frame], !fate.Made())
				begun = frame
				s.fate, s.byte = fate, of
				s.touches(fate)
			}
		}
		if !p.Last {
			continue
		}
		frame, s.framed = i, true
		if s.fate != (session.Fate{}) {
			part(b[begun:i], i < len(b))
			if s.fate.Made() {
				emit(at, capture.Event{Kind: capture.Data, Dir: f.Dir, Data: s.made, Fate: s.fate, RecordsUnknown: s.cuts})
			}
			begun, s.made = i, s.made[:0]
			s.fate, s.byte = session.Fate{}, 0
		}
	}
	if cut := s.decoder.Buffered(); len(cut) > 0 && len(cut) <= len(b) && s.fate == (session.Fate{}) {
		switch {
		case len(cut) == len(b) && s.heads(said):
		case m.mayBeAnswer(f.Dir, cut) || s.noteAt(base+int64(len(b)-len(cut))) != nil || s.keepsCut():
			s.cut = append(s.cut, cut...)
			b = b[:len(b)-len(cut)]
		}
	}
	part(b[begun:], false)
	return true
}

// fateOf returns the fate of a frame that begins in a record with byte number of, and that
// number where a rule touched the frame. See judge.
func (m *marker) fateOf(at int64, dir protocol.Direction, h protocol.Header, said *comment, whole bool, of int64) (session.Fate, int64) {
	if note := m.sides[dir].noteAt(of); note != nil && note.Is(h) {
		m.touched(at, dir, h, note.Fate)
		if note.Fate.Rule == 0 {
			of = 0 // the relay took its answer off
		}
		return note.Fate, of
	}
	fate := m.judge(at, dir, h, said, whole)
	if fate == (session.Fate{}) {
		return fate, 0
	}
	return fate, said.note.Byte
}

// mayBeAnswer tells whether the beginning of a header may be that of an answer which the
// relay keeps: then the relay, too, has held it back.
func (m *marker) mayBeAnswer(dir protocol.Direction, cut []byte) bool {
	return protocol.Command(cut[0]) == protocol.HeartResponse && m.sides[dir.Reverse()].ledger.OldestInjected()
}

// release emits the beginning of a header that nothing follows.
func (m *marker) release(at int64, dir protocol.Direction, emit func(int64, capture.Event)) {
	s := &m.sides[dir]
	if len(s.cut) > 0 && !s.blind {
		emit(at, capture.Event{Kind: capture.Data, Dir: dir, Data: s.cut, RecordsUnknown: s.cuts})
		s.cut = nil
	}
}

// judge returns the fate of a frame that begins in a record, and in whose packet is
// the frame that said is about. whole says that the record has its header from the
// first byte on: the relay writes what it makes as records of its own.
//
// A note that the relay asked a peer, or absorbed an answer, may stand for several
// frames in the packet. Any other is about the first frame that it fits.
func (m *marker) judge(at int64, dir protocol.Direction, h protocol.Header, said *comment, whole bool) session.Fate {
	var fate session.Fate
	if said != nil && !said.used && said.note.Is(h) && (whole || !said.note.Fate.Made()) {
		fate = said.note.Fate
	}
	now, several := time.Unix(0, at), false
	m.sides[dir].follow(h)
	switch h.Command {
	case protocol.HeartRequest:
		several = fate.Made()
		if !fate.Kept() {
			m.sides[dir].ledger.Ask(session.Request{At: now, Stream: h.Stream, Injected: fate.Made()})
		}
	case protocol.HeartResponse:
		l := &m.sides[dir.Reverse()].ledger
		if fate.Kind == session.Absorbed {
			// The ledger says which of the answers in the packet were absorbed.
			if injected, _ := l.Owed(); injected == 0 && !said.fitted {
				m.sides[dir].doubtful = true // the request is missing, or comes late
			}
			several = !m.sides[dir].doubtful
			if h.Length != 0 || several && !l.OldestInjected() {
				fate = session.Fate{}
			}
		}
		// An answer came, whatever the relay did with it.
		l.SettleMarked(now, h.Stream, fate.Kind == session.Absorbed)
	}
	if fate != (session.Fate{}) {
		said.fitted, said.used = true, !several
	}
	return fate
}
