package session

import "anytls-inspect/protocol"

// A push is what is known of the PSH that a direction is receiving. The handler is
// told once the PSH is whole, so that the frame comes before its notices.
type push struct {
	at    int32 // bytes of its data in earlier pieces
	shows bool  // it shows something: most show nothing
	shown
}

// A shown is what a PSH shows that is more than payload of its stream.
type shown struct {
	opened  *Stream // it completed this stream's target
	headErr error   // why its data is no target
	target  bool    // its data begins with the stream's target
	unknown bool    // its stream is not open
	noACK   bool    // the server sent it without a SYNACK before it
	fin     finFault
	uot     uotFault
}

// begin forgets the last PSH.
func (p *push) begin() {
	p.at = 0
	if p.shows {
		*p = push{}
	}
}

// show returns what the PSH shows, to be changed.
func (p *push) show() *shown {
	p.shows = true
	return &p.shown
}

// payload takes data of a PSH (section cmdPSH): all of it, or a part, of which first
// says that it is the first one.
func (t *Tracker) payload(from *side, h protocol.Header, data []byte, first bool) {
	t.st.Payload[from.dir] += uint64(len(data))
	t.moved(from, h.Stream, len(data))
	push := &from.push
	if s := t.streams.find(h.Stream); s != nil {
		s.LastAt = t.now
		if s.State == HalfClosed && first {
			if fault := s.sends(t.now, from.dir, &from.still); fault != finFine {
				push.show().fin = fault
			}
		}
		if from.dir == protocol.ServerToClient {
			t.download(s, push, h, data)
		} else {
			t.upload(s, push, h, data, first)
		}
		if !s.carried && s.headDone && s.Up > 0 && s.Down > 0 {
			s.carried = true
			t.st.Carried++
		}
	} else if first {
		push.show().unknown = true
	}
	push.at += int32(len(data))
}

// upload takes data of the client's payload on a stream that is open.
func (t *Tracker) upload(s *Stream, push *push, h protocol.Header, data []byte, first bool) {
	s.Up += uint64(len(data))
	if !s.headDone && (s.holed[protocol.ClientToServer] || !t.saw(s, protocol.ClientToServer)) {
		s.head, s.headDone = nil, true // the target may be among what is missing
	}
	if s.headDone {
		if s.upAt.IsZero() {
			t.expects(s)
		}
		if s.uot != nil && !s.holed[protocol.ClientToServer] && t.saw(s, protocol.ClientToServer) {
			s.uot[protocol.ClientToServer].add(push, h, data, 0)
		}
		return
	}
	if first {
		push.show().target = len(s.head) == 0 && h.Length > 0
	}
	before := len(s.head)
	head, done, err := s.addHead(data)
	if !done {
		return
	}
	s.Up -= uint64(head.size)
	t.st.Payload[protocol.ClientToServer] -= uint64(head.size)
	shown := push.show()
	shown.opened, shown.headErr = s, err
	if s.Up > 0 {
		t.expects(s)
	}
	if head.addressed {
		s.expectDatagrams(push, h, data, head.size-before)
	}
}

// expects takes note of the client's first payload on a stream, behind the target.
func (t *Tracker) expects(s *Stream) {
	s.upAt = t.now
	t.streams.expectAnswer(s)
}

// download takes data of the server's payload on a stream that is open.
func (t *Tracker) download(s *Stream, push *push, h protocol.Header, data []byte) {
	s.Down += uint64(len(data))
	if s.State == Opening {
		switch {
		case t.st.Version() < 2, !t.saw(s, protocol.ServerToClient):
			s.State = Open // version 1 has no SYNACK, or it is among what is missing
		case !s.HasACK && !s.noACK:
			s.noACK, push.show().noACK = true, true
		}
	}
	if s.uot != nil && !s.holed[protocol.ServerToClient] && t.saw(s, protocol.ServerToClient) {
		s.uot[protocol.ServerToClient].add(push, h, data, 0)
	}
}

// pushed tells the handler what a PSH showed that is whole, or was cut short.
func (t *Tracker) pushed(dir protocol.Direction, h protocol.Header) {
	push := &t.side[dir].push
	switch {
	case push.unknown && !t.inOrder() && t.streams.find(h.Stream) != nil: // its SYN has come meanwhile
	case push.unknown:
		t.noStream(dir, h)
	case push.headErr != nil:
		t.badHead(h.Stream, push.headErr)
	case push.opened != nil && push.opened.State != Closed:
		t.handler.Notice(StreamOpen{Stream: h.Stream, Target: push.opened.Target, UDP: push.opened.UDP})
	}
	push.opened = nil
	if push.noACK {
		t.missesSYNACK(h.Stream, "the server sends payload without a SYNACK before it")
	}
	if push.fin != finFine {
		t.diagnoseFIN(push.fin, dir, h.Stream, "PSH")
	}
	if push.uot != uotFine {
		t.diagnose(CodeUoTAddressType, h.Stream, dir, push.uot.text())
	}
}
