package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// crossTime is how long a session must have been idle for its server to give it up for that,
// and how long before the end a stream may have been opened that the server did not know
// of yet.
const crossTime = time.Second

// A wake is the first stream that the client opened in a session that was idle; zero once a
// SYNACK came.
type wake struct {
	id   uint32
	at   time.Time
	idle time.Duration // how long the session had been idle
}

// wakes takes note of a stream that is about to be opened.
func (t *Tracker) wakes(at time.Time, id uint32) {
	if last := t.lastUse(); t.streams.busy == 0 && t.st.Untracked == 0 && t.streams.misses[protocol.ClientToServer] == 0 && !last.IsZero() {
		t.woken = wake{id: id, at: at, idle: at.Sub(last)}
	}
}

// lastUse returns when the session was last of use: when its Settings came, payload moved,
// or a side ended a stream; zero where none of this was seen.
func (t *Tracker) lastUse() time.Time {
	last := t.used
	for _, at := range t.payloadAt() {
		if at.After(last) {
			last = at
		}
	}
	return last
}

// crossed diagnoses a server that ended the session, at a time, just as the client opened
// a stream in it. The server must have spoken before, and nothing that it sent since may
// show that it had learned of the stream.
func (t *Tracker) crossed(at time.Time) {
	const answers = protocol.ServerToClient
	w := t.woken
	slack := t.st.Evidence.Within
	if w.idle < crossTime+slack || at.Sub(w.at) > crossTime-slack || t.st.Alert != "" || t.st.Wire[answers] == 0 || t.side[answers].framing.State().Opaque() {
		return
	}
	if s := t.streams.open[w.id]; s == nil || s.noACK || s.ends[answers].sent || t.side[answers].flow.last.After(w.at.Add(-slack)) {
		return
	}
	t.woken = wake{} // it is said once
	t.diagnose(CodeClosedAsOpened, w.id, answers, fmt.Sprintf(
		"the server ended the session %v after the client opened this stream in it, and did not answer: the session had been idle for %v",
		rounded(at.Sub(w.at)), rounded(w.idle)))
}
