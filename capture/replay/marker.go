package replay

import (
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

// A comment is a note on a frame somewhere in a range of a direction's bytes.
type comment struct {
	from, to int64 // numbers of the first byte, and of the one after the last
	note     capture.Note
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
	note, ok := capture.ParseNote(string(p.comment))
	if s := &m.sides[dir]; ok && len(s.comments) < maxComments {
		s.comments = append(s.comments, comment{from: from, to: from + int64(p.segment.Length), note: note})
	}
}

// said returns the note on a frame of the record that ends before byte number end.
// Without one, the note's fate is that the frame was forwarded.
func (s *markedSide) said(end int64) capture.Note {
	for len(s.comments) > 0 && s.comments[0].to < end {
		s.comments = s.comments[1:]
	}
	if len(s.comments) > 0 && s.comments[0].from < end {
		return s.comments[0].note
	}
	return capture.Note{}
}

// split emits the plaintext of a record in parts: each frame that was not just
// forwarded is one.
func (m *marker) split(at int64, f *tlstap.Finding, emit func(int64, capture.Event)) {
	s := &m.sides[f.Dir]
	said := s.said(f.Offset)
	part := func(b []byte, fate session.Fate, continues bool) {
		if len(b) > 0 {
			emit(at, capture.Event{Kind: capture.Data, Dir: f.Dir, Data: b, Fate: fate, Continues: continues})
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
		if fate := m.judge(at, f.Dir, &p, &said); fate != (session.Fate{}) {
			part(b[begun:frame], session.Fate{}, true)
			part(b[frame:i], fate, i < len(b))
			begun = i
		}
		frame = i
	}
	part(b[begun:], session.Fate{}, false)
}

// judge returns the fate of a frame, in whose record is the frame that said is about.
// A note on a heartbeat may stand for several in the packet; any other is used up.
func (m *marker) judge(at int64, dir protocol.Direction, p *protocol.Piece, said *capture.Note) session.Fate {
	if p.Kind != protocol.PieceFrame {
		return session.Fate{}
	}
	now, fate := time.Unix(0, at), said.Fate
	about := said.Is(p.Header)
	switch {
	case p.Header.Command == protocol.HeartRequest && !(about && fate.Kept()):
		injected := about && fate.Made() && p.Header.Length == 0
		m.sides[dir].ledger.Ask(session.Request{At: now, Stream: p.Header.Stream, Injected: injected})
		if injected {
			return fate
		}
	case p.Header.Command == protocol.HeartResponse && (!about || fate.Kind == session.Absorbed):
		// The ledger says which of the answers in the packet were absorbed.
		l := &m.sides[dir.Reverse()].ledger
		absorbed := about && p.Header.Length == 0 && l.OldestInjected()
		l.SettleMarked(now, p.Header.Stream, absorbed)
		if absorbed {
			return fate
		}
	case about:
		*said = capture.Note{}
		return fate
	}
	return session.Fate{}
}
