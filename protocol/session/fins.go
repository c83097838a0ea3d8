package session

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// An end is what is known of a side's FIN on a stream (section cmdFIN).
type end struct {
	at   time.Time // when it came
	sent bool      // there was one
	// first says that the other side had sent no payload by then. So whatever it
	// sends later is sent in spite of the FIN, and was not on its way.
	first     bool
	diagnosed bool // the other side took it for half a close, and that was said
}

// halfCloseTime is how long after the other's FIN a side may go on sending. What
// was on its way has come by then; a side that still sends takes FIN for half a
// close.
const halfCloseTime = 3 * time.Second

// A finFault is what is wrong with a frame on a stream that a side ended.
type finFault uint8

const (
	finFine  finFault = iota
	finAfter          // its sender had sent FIN
	finHalf           // its receiver had sent FIN, and its sender goes on
)

// ended notes the FIN of the side that sends in direction dir. It returns false
// where that is its second.
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

// A standstill is when the sender of a direction sent nothing, though it owed an answer. What
// came for it meanwhile, it may have read only at the end.
type standstill struct{ from, until time.Time }

// reads returns when the sender has read at the earliest, for all that is known, what came for
// it at a time.
func (p *standstill) reads(at time.Time) time.Time {
	if at.Before(p.from) {
		return at
	}
	return later(at, p.until)
}

// mayHaveStood takes note that the sender of a direction is heard of, before that counts: it
// may have stood still until now.
func (t *Tracker) mayHaveStood(at time.Time, s *side) {
	last := t.st.LastAt[s.dir]
	if last.IsZero() || at.Sub(last) < corroborates {
		return
	}
	t.owed = t.appendAnswers(t.owed[:0], s.dir.Sender())
	for i := range t.owed {
		if at.Sub(t.owed[i].Since) >= corroborates-t.st.Evidence.Within {
			s.still = standstill{last, at}
		}
	}
}

// sends says what is wrong with payload in direction dir, on a stream that is open
// or half-closed. still is when its sender stood still last.
func (s *Stream) sends(at time.Time, dir protocol.Direction, still *standstill) finFault {
	other := &s.ends[dir.Reverse()]
	switch {
	case s.ends[dir].sent:
		return finAfter
	case other.sent && other.first && !other.diagnosed && at.Sub(still.reads(other.at)) >= halfCloseTime:
		other.diagnosed = true
		return finHalf
	default:
		return finFine
	}
}

// revives says what is wrong with a frame on a stream that is closed, and notes a
// late FIN. known is false where the stream's end does not explain the frame. still is when
// the frame's sender stood still last.
func (s *Stream) revives(at time.Time, dir protocol.Direction, c protocol.Command, still *standstill) (fault finFault, known bool) {
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
	case still.reads(other.at).After(other.at) && at.Sub(still.reads(other.at)) < halfCloseTime:
		return finFine, true // it has read the FIN just now
	default:
		// The stream counted as closed since it was silent after that FIN. So this
		// frame was not on its way.
		other.diagnosed = true
		return finHalf, true
	}
}

// diagnoseFIN diagnoses what is wrong with a frame, called what, on a stream that a
// side ended.
func (t *Tracker) diagnoseFIN(fault finFault, dir protocol.Direction, id uint32, what string) {
	sender, receiver := dir.Sender(), dir.Receiver()
	if fault == finAfter {
		t.diagnose(CodeFrameAfterFIN, id, dir, fmt.Sprintf("the %v sent %s after its FIN", sender, what))
		return
	}
	if !t.versionSeen() || t.isShaken() || !t.inOrder() {
		return // whether the sender owed an answer, and stood still, is not known
	}
	var since time.Duration
	if s := t.find(id); s != nil {
		since = t.now.Sub(s.ends[dir.Reverse()].at)
	}
	t.diagnose(CodeHalfCloseConflict, id, dir, fmt.Sprintf("the %v sent FIN first, and the %v still sends %v later: it takes that for half a close",
		receiver, sender, since.Round(time.Millisecond)))
}

// waitsForFIN diagnoses a server that refuses a stream as one too many while it may
// wait for the client's FIN on others, which it has ended. It may wait in vain: a
// side that receives FIN need not send one (section cmdFIN).
func (t *Tracker) waitsForFIN(refused *Stream) {
	if !strings.Contains(strings.ToLower(refused.Error), "limit") {
		return
	}
	var waiting []*Stream
	for _, s := range t.streams.list {
		if s != refused && t.saw(s, protocol.ClientToServer) && s.ends[protocol.ServerToClient].sent && !s.ends[protocol.ClientToServer].sent {
			waiting = append(waiting, s)
		}
	}
	if len(waiting) > 0 {
		t.diagnose(CodeHalfCloseConflict, refused.ID, protocol.ServerToClient, fmt.Sprintf(
			"the server refuses this stream (%s), and had ended %s, where it may be waiting for a FIN that the client does not owe",
			refused.Error, listStreams(waiting)))
	}
}

// find returns the stream with this id that is open or remembered, nil where there
// is none.
func (t *Tracker) find(id uint32) *Stream {
	if s := t.streams.open[id]; s != nil {
		return s
	}
	return t.streams.past[id]
}
