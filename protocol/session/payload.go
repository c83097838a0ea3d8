package session

import (
	"time"

	"anytls-inspect/protocol"
)

// A push is what is known of the PSH that a direction is receiving. The handler is
// told once the PSH is whole, so that the frame comes before its notices.
type push struct {
	opened  *Stream // it completed this stream's target
	headErr error   // why its data is no target
	at      int32   // bytes of its data in earlier pieces
	target  bool    // its data begins with the stream's target
	unknown bool    // its stream is not open
	noACK   bool    // the server sent it without a SYNACK before it
	fin     finFault
	uot     uotFault
}

// payload takes a piece of a PSH (section cmdPSH).
func (t *Tracker) payload(at time.Time, dir protocol.Direction, p *protocol.Piece) {
	n := len(p.Data)
	t.st.Payload[dir] += uint64(n)
	t.moved(at, dir, p.Header.Stream, n)
	push := &t.side[dir].push
	if s := t.streams.open[p.Header.Stream]; s != nil {
		s.LastAt = at
		if s.State == HalfClosed && p.First {
			push.fin = s.sends(at, dir)
		}
		if dir == protocol.ServerToClient {
			t.download(s, push, p)
		} else {
			t.upload(at, s, push, p)
		}
	} else if p.First {
		push.unknown = true
	}
	push.at += int32(n)
}

// upload takes a piece of the client's payload on a stream that is open.
func (t *Tracker) upload(at time.Time, s *Stream, push *push, p *protocol.Piece) {
	s.Up += uint64(len(p.Data))
	if s.headDone {
		if s.upAt.IsZero() {
			s.upAt = at
		}
		if s.uot != nil {
			s.uot[protocol.ClientToServer].add(push, p, 0)
		}
		return
	}
	if p.First {
		push.target = len(s.head) == 0 && p.Header.Length > 0
	}
	before := len(s.head)
	h, done, err := s.addHead(p.Data)
	if !done {
		return
	}
	s.Up -= uint64(h.size)
	t.st.Payload[protocol.ClientToServer] -= uint64(h.size)
	push.opened, push.headErr = s, err
	if s.Up > 0 {
		s.upAt = at
	}
	if h.addressed {
		s.expectDatagrams(push, p, h.size-before)
	}
}

// download takes a piece of the server's payload on a stream that is open.
func (t *Tracker) download(s *Stream, push *push, p *protocol.Piece) {
	s.Down += uint64(len(p.Data))
	if s.State == Opening {
		switch {
		case t.st.Version() < 2:
			s.State = Open // version 1 has no SYNACK
		case !s.HasACK && !s.noACK:
			s.noACK, push.noACK = true, true
		}
	}
	if s.uot != nil {
		s.uot[protocol.ServerToClient].add(push, p, 0)
	}
}

// pushed tells the handler what a PSH showed that is whole, or was cut short.
func (t *Tracker) pushed(dir protocol.Direction, h protocol.Header) {
	push := &t.side[dir].push
	switch {
	case push.unknown:
		t.noStream(dir, h)
	case push.headErr != nil:
		t.badHead(h.Stream, push.headErr)
	case push.opened != nil && push.opened.State != Closed:
		t.handler.Notice(StreamOpen{Stream: h.Stream, Target: push.opened.Target, UDP: push.opened.UDP})
	}
	push.opened = nil
	if push.noACK {
		t.diagnose(CodeSYNACKMissing, h.Stream, dir, "the server sends payload without a SYNACK before it")
	}
	if push.fin != finFine {
		t.diagnoseFIN(push.fin, dir, h.Stream, "PSH")
	}
	if push.uot != uotFine {
		t.diagnose(CodeUoTAddressType, h.Stream, dir, push.uot.text())
	}
}
