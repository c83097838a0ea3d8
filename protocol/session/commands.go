package session

import (
	"fmt"

	"anytls-inspect/protocol"
)

// flawless has a bit for each command, and is by direction: those of version 1 that the
// direction's sender may send, with data or without. It is never written to.
var flawless = func() (set protocol.ByDirection[uint64]) {
	for c := protocol.Command(0); c.Known(); c++ {
		for dir := range set {
			if spec := c.Spec(); spec.Sender&(1<<dir) != 0 && spec.Data && spec.Since == 1 {
				set[dir] |= 1 << c
			}
		}
	}
	return set
}()

// check compares a frame with what the protocol allows its command (section
// Command).
func (t *Tracker) check(dir protocol.Direction, h protocol.Header) {
	if !h.Command.Known() {
		t.diagnose(CodeUnknownCommand, h.Stream, dir, fmt.Sprintf("command %d with %d bytes of data", uint8(h.Command), h.Length))
		return
	}
	spec := h.Command.Spec()
	if spec.Sender&(1<<dir) == 0 {
		t.diagnose(CodeWrongSide, h.Stream, dir, fmt.Sprintf("%v sent by the %v", h.Command, dir.Sender()))
	}
	if !spec.Data && h.Length > 0 {
		t.diagnose(CodeDataNotAllowed, h.Stream, dir, fmt.Sprintf("%v with %d bytes of data", h.Command, h.Length))
	}
	if spec.Since > 1 {
		t.versionMismatch(dir, h)
	}
}

// act does what follows from a whole frame. The payload of a PSH was taken piece by
// piece already, by [Tracker.payload].
func (t *Tracker) act(s *side, h protocol.Header, data []byte) {
	dir := s.dir
	t.st.countCommand(dir, h.Command)
	fromClient := dir == protocol.ClientToServer
	switch h.Command {
	case protocol.SYN:
		if fromClient {
			t.syn(t.now, h.Stream)
			t.controlled(s, h)
		}
	case protocol.Waste:
		if fromClient {
			t.waste(s, h)
		}
	case protocol.PSH:
		if s.push.shows {
			t.pushed(dir, h)
		}
	case protocol.FIN:
		t.fin(t.now, dir, h)
		t.controlled(s, h)
	case protocol.SYNACK:
		if !fromClient {
			t.synack(t.now, h, data)
		}
	case protocol.Settings:
		if fromClient {
			t.settings(t.now, data)
		}
	case protocol.ServerSettings:
		if !fromClient {
			t.serverSettings(data)
		}
	case protocol.UpdatePaddingScheme:
		if !fromClient {
			t.updateScheme(t.now, data)
		}
	case protocol.Alert:
		if !fromClient {
			t.alert(t.now, data)
		}
	case protocol.HeartRequest:
		t.heartRequest(t.now, dir, h)
	case protocol.HeartResponse:
		t.heartResponse(t.now, dir, h)
	}
}
