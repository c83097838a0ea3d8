package session

import (
	"time"

	"anytls-inspect/protocol"
)

// A push is what is known of the PSH that a direction is receiving. What is to
// be said of it waits until it is whole, so that the frame comes first.
type push struct {
	target  bool    // its data begins with the stream's target
	opened  *Stream // it completed this stream's target
	headErr error   // it showed that there is no target
	unknown bool    // its stream is not open
}

// payload folds a piece of a PSH into its stream.
func (t *Tracker) payload(at time.Time, dir protocol.Direction, p protocol.Piece) {
	t.st.Payload[dir] += uint64(len(p.Data))
	push := &t.side[dir].push
	s := t.streams.open[p.Header.Stream]
	if s == nil {
		if p.First {
			push.unknown = true
		}
		return
	}
	s.LastAt = at
	if dir == protocol.ServerToClient {
		s.Down += uint64(len(p.Data))
		if s.State == Opening && t.st.Version() < 2 {
			s.State = Open // version 1 has no SYNACK
		}
		return
	}
	s.Up += uint64(len(p.Data))
	if s.noHead {
		return
	}
	if p.First {
		push.target = len(s.head) == 0 && p.Header.Length > 0
	}
	size, done, err := s.addHead(p.Data)
	if !done {
		return
	}
	s.Up -= uint64(size)
	t.st.Payload[dir] -= uint64(size)
	push.opened, push.headErr = s, err
}

// pushed says what a whole PSH, or one that was cut short, showed.
func (t *Tracker) pushed(dir protocol.Direction, h protocol.Header) {
	push := t.side[dir].push
	switch {
	case push.unknown:
		t.noStream(dir, h)
	case push.headErr != nil:
		t.report(CodeTargetMalformed, h.Stream, dir, push.headErr.Error())
	case push.opened != nil && push.opened.State != Closed:
		t.obs.Event(StreamOpen{Stream: h.Stream, Target: push.opened.Target, UDP: push.opened.UDP})
	}
	t.side[dir].push.opened = nil
}
