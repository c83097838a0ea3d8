package session

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// An end is what is known of a side's FIN on a stream.
type end struct {
	at   time.Time
	sent bool
	// first says that the other side had sent no payload by then: all that it
	// sends is sent in spite of the FIN, not just on its way.
	first     bool
	diagnosed bool // that the other side takes it for half a close
}

// halfCloseTime is how long a side may go on sending what it began after the
// other's FIN, before it is said that it takes that for half a close: what is on
// its way already has come by then.
const halfCloseTime = 3 * time.Second

// A finFault is what is wrong with a frame on a stream that a side ended.
type finFault uint8

const (
	finFine  finFault = iota
	finAfter          // its sender had ended the stream
	finHalf           // its receiver had, and its sender goes on
)

// ended notes a side's FIN. It reports false where that is its second.
func (s *Stream) ended(at time.Time, dir protocol.Direction) bool {
	e := &s.ends[dir]
	if e.sent {
		return false
	}
	other := s.Down
	if dir == protocol.ServerToClient {
		other = s.Up
	}
	*e = end{at: at, sent: true, first: other == 0}
	return true
}

// sends says what is wrong with payload of a side on a stream that is open, or
// half-closed.
func (s *Stream) sends(at time.Time, dir protocol.Direction) finFault {
	other := &s.ends[dir.Reverse()]
	switch {
	case s.ends[dir].sent:
		return finAfter
	case other.sent && other.first && !other.diagnosed && at.Sub(other.at) >= halfCloseTime:
		other.diagnosed = true
		return finHalf
	default:
		return finFine
	}
}

// revives says what is wrong with a frame on a stream that is closed, and notes
// a late FIN. known is false where the stream's end does not explain the frame.
func (s *Stream) revives(at time.Time, dir protocol.Direction, c protocol.Command) (fault finFault, known bool) {
	other := &s.ends[dir.Reverse()]
	switch {
	case c == protocol.SYNACK:
		return finFine, false
	case s.ends[dir].sent:
		return finAfter, true
	case c == protocol.FIN:
		s.ended(at, dir)
		return finFine, true
	case !other.sent:
		return finFine, false
	case other.diagnosed:
		return finFine, true
	default:
		// The stream counted as closed because it was silent after that FIN: this
		// was not on its way.
		other.diagnosed = true
		return finHalf, true
	}
}

func (t *Tracker) finFault(fault finFault, dir protocol.Direction, id uint32, what string) {
	sender, receiver := dir.Sender(), dir.Receiver()
	if fault == finAfter {
		t.diagnose(CodeFrameAfterFIN, id, dir, fmt.Sprintf("the %v sent %s after its FIN", sender, what))
		return
	}
	var since time.Duration
	if s := t.find(id); s != nil {
		since = t.now.Sub(s.ends[dir.Reverse()].at)
	}
	t.diagnose(CodeHalfCloseConflict, id, dir, fmt.Sprintf("the %v sent FIN first, and the %v still sends %v later: it takes that for half a close",
		receiver, sender, since.Round(time.Millisecond)))
}

// waitsForFIN reports a server that refuses a stream as one too many, where it
// ended others and may be waiting for the client's FIN on them: a client that
// takes FIN for the end of the whole stream sends none.
func (t *Tracker) waitsForFIN(refused *Stream) {
	if !strings.Contains(strings.ToLower(refused.Error), "limit") {
		return
	}
	var waiting []*Stream
	for _, s := range t.streams.list {
		if s != refused && s.ends[protocol.ServerToClient].sent && !s.ends[protocol.ClientToServer].sent {
			waiting = append(waiting, s)
		}
	}
	if len(waiting) > 0 {
		t.diagnose(CodeHalfCloseConflict, refused.ID, protocol.ServerToClient, fmt.Sprintf(
			"the server refuses this stream (%s), and had ended %s, where it may be waiting for a FIN that the client does not owe",
			refused.Error, listStreams(waiting)))
	}
}

// find returns a stream that is open or remembered, nil where none is.
func (t *Tracker) find(id uint32) *Stream {
	if s := t.streams.open[id]; s != nil {
		return s
	}
	return t.streams.past[id]
}
