package session

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// Close ends the session, in good order as far as is known. It hands out frames
// that are not complete as cut, ends open streams, and counts heartbeats that wait
// as cut. The tracker ignores all calls after it.
func (t *Tracker) Close(at time.Time, by Closer) { t.CloseFor(at, by, "") }

// CloseFor is [Tracker.Close] for a session that ended for a reason: a reset, a TCP
// stream that ended without close_notify, a failure of TLS. The reason is printable,
// and empty where the end was in good order, with close_notify.
func (t *Tracker) CloseFor(at time.Time, by Closer, reason string) {
	if t.closed {
		return
	}
	t.Tick(at)
	t.tellOther(true)
	t.cut(protocol.ClientToServer)
	t.cut(protocol.ServerToClient)
	t.preambleCut()
	t.goesUnanswered()
	if by <= ClosedByServer {
		t.deadlinePassed(protocol.Peer(by))
	}
	if by == ClosedByServer {
		t.rejected()
		t.rejects(reason)
		t.crossed(at)
	}
	t.decideAtEnd(by == ClosedByServer || t.gone(protocol.Server))
	t.closedBy(at, by, reason)
	t.pathDead(reason)
	t.leave(at, by)
	t.first = nil
	cuts := !t.st.Evidence.Uncertain && t.cutsStreams(by, reason)
	for _, s := range t.streams.live() {
		if s.State != HalfClosed {
			s.By = ClosedBySession
			if cuts && t.saw(s, protocol.ClientToServer) && t.saw(s, protocol.ServerToClient) {
				t.st.Cut++
			}
		}
		t.closeStream(s)
	}
	for d := range t.side {
		t.cutHeartbeats(protocol.Direction(d))
	}
	for p := range t.paths {
		t.standsOn(protocol.Peer(p), false)
		t.blind(protocol.Peer(p), false)
	}
	if t.spoke = by <= ClosedByServer && t.diagnostics[CodeTLSFailed] == 0 && !IsPathDead(reason); t.spoke {
		t.heardEnd(at, protocol.Peer(by))
	}
	t.rest()
	t.closed = true
	t.st.ClosedBy, t.st.Blocked, t.st.Waits = by, protocol.ByDirection[Blocked]{}, protocol.ByPeer[HeartbeatWaiting]{}
	t.forgetGone()
	if t.st.Phase != NotAnyTLSPhase {
		t.st.Phase = Ended
	}
}

// Spoke tells, of a session that is over, whether its end came from the peer that it ended by:
// then there is a way to that peer, though no byte of the session came.
func (t *Tracker) Spoke() bool { return t.spoke }

// heardEnd takes note that the end of a peer's TCP stream came, or its reset.
func (t *Tracker) heardEnd(at time.Time, p protocol.Peer) {
	if path := t.paths[p]; path != nil {
		path.hear(at)
	}
}

// NoAnswer stands in the text of a TLS failure of which nothing is known but that the server
// sent nothing.
const NoAnswer = "the server does not answer"

// TLSFailed tells the tracker that TLS failed with a peer, or did not come about, and why, in
// a printable text. The session's end follows.
func (t *Tracker) TLSFailed(at time.Time, with protocol.Peer, why string) {
	if t.closed {
		return
	}
	t.Tick(at)
	var wait Wait
	if with == protocol.Server && strings.Contains(why, NoAnswer) {
		wait = t.waitBeside(with, at)
	}
	t.diagnoseWait(CodeTLSFailed, 0, with.Toward().Reverse(), wait, why)
	t.comesTo(OutcomeTLSFailed)
}

// cut hands out the frame that a direction is inside of, as far as it came. It
// tells whether there is one.
func (t *Tracker) cut(dir protocol.Direction) bool {
	s := &t.side[dir]
	h, _, ok := s.framing.Pending()
	if ok {
		t.emit(s, h, s.collector.buf, true)
		t.pushed(dir, h)
	}
	return ok
}

// closedBy diagnoses how a peer ended the session, unless it did so with
// close_notify while no stream was open.
func (t *Tracker) closedBy(at time.Time, by Closer, reason string) {
	if by > ClosedByServer || t.st.Wire == (protocol.ByDirection[uint64]{}) {
		return // nothing is known of a session that carried nothing
	}
	open := t.running(nil)
	if reason == "" && len(open) == 0 {
		return
	}
	dir := protocol.Direction(by)
	text := "the " + by.String() + " closed the session with close_notify"
	if reason != "" {
		text = reason
	}
	if len(open) > 0 {
		text += "; with it ended " + listStreams(open)
	}
	if n := t.st.Untracked; n > 0 {
		text += fmt.Sprintf("; %d streams were not followed", n)
	}
	if !t.opening.openedAt.IsZero() {
		text += "; it lived " + rounded(at.Sub(t.opening.openedAt))
	}
	t.diagnoseWait(CodeClosedBy, 0, dir, t.oldestWait(dir.Receiver()), text)
}

// running returns the streams that no side has ended, except but.
func (t *Tracker) running(but *Stream) (running []*Stream) {
	if len(t.streams.open) == 0 {
		return nil
	}
	for _, s := range t.streams.live() {
		if s != but && s.State != HalfClosed {
			running = append(running, s)
		}
	}
	return running
}

// listStreams names streams: the first five, and how many more there are.
func listStreams(streams []*Stream) string {
	const most = 5
	if len(streams) == 1 {
		return fmt.Sprintf("stream %d", streams[0].ID)
	}
	var ids []string
	for _, s := range streams[:min(len(streams), most)] {
		ids = append(ids, fmt.Sprint(s.ID))
	}
	if more := len(streams) - most; more > 0 {
		ids = append(ids, fmt.Sprintf("%d more", more))
	}
	last := len(ids) - 1
	return fmt.Sprintf("%d streams: %s and %s", len(streams), strings.Join(ids[:last], ", "), ids[last])
}
