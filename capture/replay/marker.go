package replay

import (
	"bytes"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// maxComments is how many comments of a direction may wait for their records.
const maxComments = 256

// A marker finds the frames that the comments in a recording of the relay are
// about, and gives them their marks: a comment is about a packet, which may carry
// several frames.
type marker struct {
	sides protocol.ByDirection[markedSide]
}

// A markedSide is what a marker knows of one direction.
type markedSide struct {
	decoder  protocol.Decoder
	comments []comment
	ledger   session.Ledger // the HeartRequests that travel in this direction
}

// A comment gives a range of a direction's bytes their marks.
type comment struct {
	from, to int64 // numbers of the first byte, and of the one after the last
	session.Marks
}

func newMarker() *marker {
	m := &marker{}
	for d := range m.sides {
		m.sides[d].decoder = protocol.NewDecoder(protocol.Direction(d))
	}
	return m
}

// comment takes the comment of a packet whose payload begins with byte number from.
func (m *marker) comment(dir protocol.Direction, from int64, p *packet) {
	c := comment{
		from: from, to: from + int64(p.segment.Length),
		Marks: session.Marks{
			Injected: bytes.Contains(p.comment, []byte(capture.NoteInjected)),
			Absorbed: bytes.Contains(p.comment, []byte(capture.NoteAbsorbed)),
		},
	}
	if s := &m.sides[dir]; c.Marks != (session.Marks{}) && len(s.comments) < maxComments {
		s.comments = append(s.comments, c)
	}
}

// said returns the marks of the record that ends before byte number end.
func (s *markedSide) said(end int64) session.Marks {
	for len(s.comments) > 0 && s.comments[0].to < end {
		s.comments = s.comments[1:]
	}
	if len(s.comments) > 0 && s.comments[0].from < end {
		return s.comments[0].Marks
	}
	return session.Marks{}
}

// split emits the plaintext of a record in parts: each frame that is marked is one.
func (m *marker) split(at int64, f *tlstap.Finding, emit func(int64, capture.Event)) {
	s := &m.sides[f.Dir]
	said := s.said(f.Offset)
	part := func(b []byte, marks session.Marks, continues bool) {
		if len(b) > 0 {
			emit(at, capture.Event{Kind: capture.Data, Dir: f.Dir, Data: b, Marks: marks, Continues: continues})
		}
	}
	b, begun := f.Data, 0
	frame := 0 // where the frame begins that the decoder has come to
	for i := 0; i < len(b); {
		p, n := s.decoder.Next(b[i:])
		i += n
		if !p.Last {
			continue
		}
		if marks := m.judge(at, f.Dir, p, said); marks != (session.Marks{}) {
			part(b[begun:frame], session.Marks{}, true)
			part(b[frame:i], marks, i < len(b))
			begun = i
		}
		frame = i
	}
	part(b[begun:], session.Marks{}, false)
}

// judge returns the marks of a frame, of whose record a comment says what said has.
func (m *marker) judge(at int64, dir protocol.Direction, p protocol.Piece, said session.Marks) session.Marks {
	if p.Kind != protocol.PieceFrame {
		return session.Marks{}
	}
	now := time.Unix(0, at)
	switch p.Header.Command {
	case protocol.HeartRequest:
		injected := said.Injected && p.Header == protocol.Header{Command: protocol.HeartRequest}
		m.sides[dir].ledger.Ask(session.Request{At: now, Stream: p.Header.Stream, Injected: injected})
		return session.Marks{Injected: injected}
	case protocol.HeartResponse:
		// The ledger says which of the answers in the packet were absorbed.
		l := &m.sides[dir.Reverse()].ledger
		absorbed := said.Absorbed && p.Header.Length == 0 && l.OldestInjected()
		l.SettleMarked(now, p.Header.Stream, absorbed)
		return session.Marks{Absorbed: absorbed}
	default:
		return session.Marks{}
	}
}
