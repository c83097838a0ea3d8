package session

import (
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// maxEarlyFrames is how many frames are remembered that came before what they answer.
const maxEarlyFrames = 64

// An early is a frame that answers what has not come yet: where the times of the two
// directions are off, that may come later. It is diagnosed once that is too late.
type early struct {
	at     time.Time
	stream uint32             // the stream of a frame of the server's; 0: it is a HeartResponse
	dir    protocol.Direction // of a HeartResponse, and its stream id
	id     uint32
	ack    bool   // it is a SYNACK
	fin    bool   // it is a FIN
	opened bool   // its stream is open: what may come yet is the client's FIN before it
	size   uint64 // of the payload that it has
	text   string // of the SYNACK
	fault  Diagnostic
	// blameless says that nothing is diagnosed where its cause does not come.
	blameless bool
}

// tooEarly takes note of a frame whose cause may come yet, and tells whether it may.
func (t *Tracker) tooEarly(e early) bool {
	if t.inOrder() {
		return false
	}
	if len(t.early) == maxEarlyFrames {
		t.takeEarly(0)
	}
	e.at = t.now
	t.early = append(t.early, e)
	if due := t.earlyDue(); !due.IsZero() {
		t.wakeBy(due)
	}
	return true
}

// missesSYNACK diagnoses a server that goes on with a stream without a SYNACK, unless the client
// may have ended it before.
func (t *Tracker) missesSYNACK(id uint32, text string) {
	fault := Diagnostic{
		Code: CodeSYNACKMissing, Severity: CodeSYNACKMissing.Spec().Severity, Stream: id, Dir: protocol.ServerToClient, Text: text,
	}
	if !t.tooEarly(early{stream: id, opened: true, fault: fault}) {
		t.hand(fault)
	}
}

// takeEarly takes out the i-th of the frames that came too early.
func (t *Tracker) takeEarly(i int) early {
	e := t.early[i]
	t.early = append(t.early[:i], t.early[i+1:]...)
	return e
}

// earlyDue returns when what the oldest of them answers can't come any more; zero if never.
func (t *Tracker) earlyDue() time.Time {
	if len(t.early) == 0 || t.st.Evidence.Uncertain {
		return time.Time{}
	}
	return t.early[0].at.Add(t.st.Evidence.Within + 1)
}

// tellEarly diagnoses those that answer nothing.
func (t *Tracker) tellEarly() {
	for due := t.earlyDue(); !due.IsZero() && !due.After(t.now); due = t.earlyDue() {
		e := t.takeEarly(0)
		if s := t.find(e.stream); e.opened && s != nil {
			if end := &s.ends[protocol.ClientToServer]; end.sent && !end.at.After(e.at.Add(t.st.Evidence.Within)) {
				s.noACK = false
				continue
			}
		}
		if !e.blameless {
			t.hand(e.fault)
		}
	}
}

// adopt gives a stream what came for it before its SYN.
func (t *Tracker) adopt(s *Stream) {
	for i := 0; i < len(t.early); {
		if t.early[i].stream != s.ID || t.early[i].opened {
			i++
			continue
		}
		e := t.takeEarly(i)
		switch {
		case e.fin:
			if s.ended(t.now, protocol.ServerToClient) {
				t.end(s, ClosedByServer)
			}
		case e.ack && s.ends[protocol.ServerToClient].sent: // the client may have ended it by then
		case e.ack && s.HasACK:
			t.diagnose(CodeSYNACKDuplicate, s.ID, protocol.ServerToClient, "a second SYNACK"+told([]byte(e.text)))
		case e.ack:
			t.newest.waits, t.woken = false, wake{}
			t.accept(s, []byte(e.text))
		case !s.HasACK:
			s.noACK = true // the order of what the server sent is not kept
		}
		s.Down += e.size
	}
}

// answeredEarly settles a request, that travels in a direction and has a stream id, by an answer
// that came before it.
func (t *Tracker) answeredEarly(asked protocol.Direction, stream uint32) {
	fits := func(id uint32) func(early) bool {
		return func(e early) bool { return e.stream == 0 && e.dir == asked.Reverse() && e.id == id }
	}
	i := slices.IndexFunc(t.early, fits(stream))
	if i < 0 {
		i = slices.IndexFunc(t.early, fits(0))
	}
	if i >= 0 {
		t.settle(t.now, asked.Reverse(), t.takeEarly(i).id)
	}
}
