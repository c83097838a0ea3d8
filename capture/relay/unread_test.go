package relay

import (
	"testing"
	"testing/synctest"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestReadAgainIsTold: once the link reads a sender again that a rule kept it from, it says so,
// and for how long it did not.
func TestReadAgainIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &labSide{framing: protocol.NewDecoder(protocol.ServerToClient)}
		l := newLink(protocol.ServerToClient, gate.NewShared(time.Second, session.NewSchemes(), new(gate.Rooms)))
		var told []capture.Application
		l.clock, l.src, l.dst = time.Now, s, s
		l.emit = func(e *capture.Event) {
			if e.Kind == capture.Applied {
				told = append(told, *e.Application)
			}
		}
		p := new(passage)
		p.Header = protocol.Header{Command: protocol.PSH, Stream: 3}
		l.mu.Lock()
		l.since = l.clock()
		l.do(p, &rule.Step{Rule: 5, Action: rule.Stall, Wait: 4 * time.Second})
		l.mu.Unlock()
		l.pause()
		l.pause() // it does not pause any more, and has nothing to tell
		of := capture.Application{Rule: 5, Action: "stall", Header: p.Header, All: true}
		begun, over := of, of
		begun.Text = "nothing is read for 4s"
		over.Ended, over.Held = true, 4*time.Second
		if len(told) != 2 || told[0] != begun || told[1] != over {
			t.Errorf("told is %+v, want %+v and %+v", told, begun, over)
		}
	})
}
