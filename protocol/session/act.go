package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// check compares a frame with what the protocol allows its command.
func (t *Tracker) check(dir protocol.Direction, h protocol.Header) {
	if !h.Command.Known() {
		t.report(CodeUnknownCommand, h.Stream, dir, fmt.Sprintf("command %d with %d bytes of data", uint8(h.Command), h.Length))
		return
	}
	spec := h.Command.Spec()
	if spec.Sender&(1<<dir) == 0 {
		t.report(CodeWrongSide, h.Stream, dir, fmt.Sprintf("%v sent by the %v", h.Command, dir.Sender()))
	}
	if !spec.Data && h.Length > 0 {
		t.report(CodeDataNotAllowed, h.Stream, dir, fmt.Sprintf("%v with %d bytes of data", h.Command, h.Length))
	}
}

// act folds a whole frame into the session's state. PSH was folded in piece by
// piece, by payload.
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
			t.settings(data)
		}
	case protocol.ServerSettings:
		if !fromClient {
			t.serverSettings(data)
		}
	case protocol.UpdatePaddingScheme:
		if !fromClient {
			t.updateScheme(data)
		}
	case protocol.Alert:
		if !fromClient {
			t.alert(data)
		}
	case protocol.HeartRequest:
		t.heartRequest(at, dir, h.Stream)
	case protocol.HeartResponse:
		t.heartResponse(at, dir, h.Stream)
	}
}

func (t *Tracker) alert(data []byte) {
	t.st.Alert = excerpt(data)
	if len(data) == 0 {
		t.st.Alert = "no reason given"
	}
	t.report(CodeAlert, 0, protocol.ServerToClient, t.st.Alert)
}

func (t *Tracker) settings(data []byte) {
	s, err := protocol.ParseSettings(data)
	if err != nil {
		t.report(CodeSettingsMalformed, 0, protocol.ClientToServer, err.Error())
	}
	t.reach(Ready)
	t.st.ClientVersion = s.Version
	t.st.Client = excerpt(s.Client)
	t.st.PaddingMD5 = excerpt(s.PaddingMD5)
	t.st.Scheme = t.cfg.Schemes.Lookup(s.PaddingMD5)
}

func (t *Tracker) serverSettings(data []byte) {
	s, err := protocol.ParseSettings(data)
	if err != nil {
		t.report(CodeSettingsMalformed, 0, protocol.ServerToClient, err.Error())
	}
	t.st.ServerVersion = s.Version
}

// updateScheme learns a scheme. This session's client keeps the one it has: a
// new scheme applies to sessions opened after it.
func (t *Tracker) updateScheme(data []byte) {
	scheme, err := protocol.ParsePaddingScheme(data)
	if err != nil {
		t.report(CodePaddingMalformed, 0, protocol.ServerToClient, err.Error())
	}
	if scheme != nil {
		t.cfg.Schemes.Add(scheme)
		t.st.UpdatedMD5 = scheme.MD5()
	}
}

func (t *Tracker) syn(at time.Time, id uint32) {
	if t.st.Phase == Authenticated {
		t.report(CodeSYNBeforeSettings, id, protocol.ClientToServer, "SYN without Settings before it")
	}
	if id <= t.st.LastStream {
		t.report(CodeStreamIDNotIncreasing, id, protocol.ClientToServer,
			fmt.Sprintf("stream %d opened after stream %d", id, t.st.LastStream))
	}
	t.st.LastStream = max(id, t.st.LastStream)
	t.st.Streams++
	if old := t.streams.open[id]; old != nil {
		t.closeStream(old)
	}
	if !t.streams.add(&Stream{ID: id, OpenedAt: at, LastAt: at}) {
		t.st.Untracked++
	}
}

// noStream reports a frame for a stream that is not open. Where that may be the
// tracker's own doing, or the frame passed the stream's end on its way, nothing
// is wrong with it.
func (t *Tracker) noStream(dir protocol.Direction, h protocol.Header) {
	opened := h.Stream != 0 && h.Stream <= t.st.LastStream
	if t.st.Untracked > 0 || opened && h.Command != protocol.PSH {
		return
	}
	what, why := h.Command.String(), "no SYN opened the stream"
	if h.Length > 0 {
		what += fmt.Sprintf(" of %d bytes", h.Length)
	}
	if opened {
		why = "the stream is closed"
	}
	t.report(CodeUnknownStream, h.Stream, dir, what+": "+why)
}

func (t *Tracker) synack(at time.Time, h protocol.Header, data []byte) {
	s := t.streams.open[h.Stream]
	if s == nil {
		t.noStream(protocol.ServerToClient, h)
		return
	}
	s.LastAt = at
	if s.HasACK {
		t.report(CodeSYNACKDuplicate, s.ID, protocol.ServerToClient, "a second SYNACK")
		return
	}
	s.HasACK, s.SYNACK = true, at.Sub(s.OpenedAt)
	if len(data) == 0 {
		if s.State == Opening {
			s.State = Open
		}
		return
	}
	s.Error = excerpt(data)
	t.report(CodeSYNACKError, s.ID, protocol.ServerToClient, s.Error)
	t.end(s, ClosedByServer)
}

func (t *Tracker) fin(at time.Time, dir protocol.Direction, h protocol.Header) {
	s := t.streams.open[h.Stream]
	if s == nil {
		t.noStream(dir, h)
		return
	}
	s.LastAt = at
	if dir == protocol.ClientToServer {
		t.end(s, ClosedByClient)
	} else {
		t.end(s, ClosedByServer)
	}
}

// end takes one side's end of a stream.
func (t *Tracker) end(s *Stream, by Closer) {
	switch {
	case s.State != HalfClosed:
		s.State, s.By = HalfClosed, by
		t.streams.linger(s)
	case s.By != by:
		t.closeStream(s)
	}
}

func (t *Tracker) closeStream(s *Stream) {
	t.streams.close(s)
	t.obs.Event(StreamClose{
		Stream: s.ID, By: s.By, Up: s.Up, Down: s.Down,
		SYNACK: s.SYNACK, HasACK: s.HasACK, Error: s.Error,
	})
}
