package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// syn opens a stream (section cmdSYN). One that is open under the same id ends.
func (t *Tracker) syn(at time.Time, id uint32) {
	if t.st.Phase == Authenticated {
		t.diagnose(CodeSYNBeforeSettings, id, protocol.ClientToServer, "SYN without Settings before it")
	}
	t.checkID(id)
	t.st.LastStream = max(id, t.st.LastStream)
	t.st.Streams++
	t.newest = newestSYN{id: id, waits: true}
	t.asks()
	t.wakes(at, id)
	passedOver, piled := t.member.opens(at, t.streams.busy == 0 && t.streams.misses[protocol.ClientToServer] == 0)
	if passedOver != "" {
		t.diagnose(CodeIdlePoolOrder, id, protocol.ClientToServer, passedOver)
	}
	if piled != "" {
		t.diagnose(CodeSessionNotReused, id, protocol.ClientToServer, piled)
	}
	if old := t.streams.open[id]; old != nil {
		t.closeStream(old)
	}
	s := &Stream{ID: id, OpenedAt: at, LastAt: at}
	if !t.streams.add(s) {
		t.st.Untracked++
		return
	}
	if len(t.early) > 0 {
		t.adopt(s)
	}
}

// synack takes the server's answer to a SYN (section cmdSYNACK): the stream is open,
// or data says why it is refused.
func (t *Tracker) synack(at time.Time, h protocol.Header, data []byte) {
	timer := t.newest
	t.newest.waits = false // any SYNACK stops the reference client's timer
	t.woken = wake{}
	s := t.streams.open[h.Stream]
	if s == nil {
		t.strangeSYNACK(h, data, timer)
		return
	}
	s.LastAt = at
	if s.HasACK {
		t.diagnose(CodeSYNACKDuplicate, s.ID, protocol.ServerToClient, "a second SYNACK"+told(data))
		return
	}
	t.accept(s, data)
}

// accept takes the answer to the SYN of a stream that had none.
func (t *Tracker) accept(s *Stream, data []byte) {
	at := t.now
	s.HasACK, s.SYNACK = true, t.span(s.OpenedAt, at)
	t.side[protocol.ClientToServer].follower.turn(s.SYNACK)
	if len(data) == 0 {
		if s.State == Opening {
			s.State = Open
		}
		t.streams.expectAnswer(s)
		return
	}
	s.Error = excerpt(data)
	t.st.Refused++
	t.diagnose(CodeSYNACKError, s.ID, protocol.ServerToClient, s.Error)
	t.end(s, ClosedByServer)
	t.streamEnded(at)
	t.waitsForFIN(s)
}

// told returns the text of a SYNACK as it stands behind what is said of it.
func told(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	return ": " + excerpt(data)
}

// strangeSYNACK takes a SYNACK for a stream that is not open. Of one that never was, it
// says what the SYNACK does to the reference client: its timer was as given.
func (t *Tracker) strangeSYNACK(h protocol.Header, data []byte, timer newestSYN) {
	if t.ids.opened(h.Stream) || t.st.Untracked > 0 {
		t.noStream(protocol.ServerToClient, h)
		return
	}
	if t.dark(protocol.ClientToServer) {
		return
	}
	text := "a SYNACK for a stream that no SYN opened" + told(data)
	if timer.waits && timer.id >= 2 {
		text += fmt.Sprintf("; it stops the reference client's timer all the same: where stream %d gets no SYNACK, the client waits on", timer.id)
	}
	t.unknownStream(protocol.ServerToClient, early{stream: h.Stream, ack: true, text: string(data[:min(len(data), maxExcerpt)])}, text)
}

// unknownStream diagnoses a frame of a stream that is not open, unless its SYN may come yet.
func (t *Tracker) unknownStream(dir protocol.Direction, e early, text string) {
	e.fault = Diagnostic{Code: CodeUnknownStream, Severity: CodeUnknownStream.Spec().Severity, Stream: e.stream, Dir: dir, Text: text}
	if dir == protocol.ClientToServer || e.stream == 0 || t.ids.opened(e.stream) || !t.tooEarly(e) {
		t.hand(e.fault)
	}
}

// fin takes a side's FIN (section cmdFIN).
func (t *Tracker) fin(at time.Time, dir protocol.Direction, h protocol.Header) {
	s := t.streams.open[h.Stream]
	if s == nil {
		t.noStream(dir, h)
		return
	}
	s.LastAt = at
	if !s.ended(at, dir) {
		t.diagnoseFIN(finAfter, dir, s.ID, "FIN")
		return
	}
	by := ClosedByClient
	if dir == protocol.ServerToClient {
		by = ClosedByServer
		if s.waits() && t.st.Version() >= 2 {
			s.noACK = true
			t.missesSYNACK(s.ID, "the server sent FIN without a SYNACK before it")
		}
	}
	t.end(s, by)
	t.streamEnded(at)
}

// end notes that a side ended a stream. Once both have, the stream is closed.
func (t *Tracker) end(s *Stream, by Closer) {
	switch {
	case s.State != HalfClosed:
		s.State, s.By = HalfClosed, by
		t.streams.linger(s)
	case s.By != by:
		t.closeStream(s)
	}
}

// closeStream closes a stream and tells the handler.
func (t *Tracker) closeStream(s *Stream) {
	t.streams.close(s)
	t.handler.Notice(StreamClose{
		Stream: s.ID, By: s.By, Up: s.Up, Down: s.Down,
		SYNACK: s.SYNACK, HasACK: s.HasACK, Error: s.Error,
	})
}

// noStream diagnoses a frame for a stream that is not open. It lets a frame pass
// whose stream the tracker may not have followed, and one that was on its way when
// the stream ended.
func (t *Tracker) noStream(dir protocol.Direction, h protocol.Header) {
	if past := t.streams.past[h.Stream]; past != nil {
		if fault, known := past.revives(t.now, dir, h.Command, &t.side[dir].still); known {
			// A server that had not answered the SYN by then reads it, and all that came behind
			// it, just now.
			readsAll := fault == finHalf && dir == protocol.ServerToClient && t.st.Version() >= 2 && !past.HasACK && !past.noACK
			if fault != finFine && !readsAll {
				t.diagnoseFIN(fault, dir, h.Stream, h.Command.String())
			}
			return
		}
	}
	opened := t.ids.opened(h.Stream)
	if t.st.Untracked > 0 || opened && h.Command != protocol.PSH || t.maybeOpen(dir, h.Stream, opened) {
		return
	}
	what, why := h.Command.String(), "no SYN opened the stream"
	if h.Length > 0 {
		what += fmt.Sprintf(" of %d bytes", h.Length)
	}
	if opened {
		why = "the stream is closed"
	}
	e := early{stream: h.Stream, fin: h.Command == protocol.FIN}
	if h.Command == protocol.PSH {
		e.size = uint64(h.Length)
	}
	t.unknownStream(dir, e, what+": "+why)
}

// maybeOpen tells whether a stream may be open, for all that was seen, though it is not known,
// or counts as closed: opened says that it was open once.
func (t *Tracker) maybeOpen(dir protocol.Direction, id uint32, opened bool) bool {
	if t.ids.mayBe(id) {
		t.highest = max(t.highest, id)
		return true
	}
	if t.missedOf(t.streams.past[id]) || dir == protocol.ServerToClient && t.dark(protocol.ClientToServer) {
		return true
	}
	return opened && t.st.Evidence.Uncertain
}
