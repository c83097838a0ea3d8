package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

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
func (t *Tracker) act(at time.Time, dir protocol.Direction, h protocol.Header, data []byte) {
	t.st.countCommand(dir, h.Command)
	fromClient := dir == protocol.ClientToServer
	switch h.Command {
	case protocol.SYN:
		if fromClient {
			t.syn(at, h.Stream)
		}
	case protocol.PSH:
		t.pushed(dir, h)
	case protocol.FIN:
		t.fin(at, dir, h)
	case protocol.SYNACK:
		if !fromClient {
			t.synack(at, h, data)
		}
	case protocol.Settings:
		if fromClient {
			t.settings(at, data)
		}
	case protocol.ServerSettings:
		if !fromClient {
			t.serverSettings(data)
		}
	case protocol.UpdatePaddingScheme:
		if !fromClient {
			t.updateScheme(at, data)
		}
	case protocol.Alert:
		if !fromClient {
			t.alert(at, data)
		}
	case protocol.HeartRequest:
		t.heartRequest(at, dir, h)
	case protocol.HeartResponse:
		t.heartResponse(at, dir, h)
	}
}
