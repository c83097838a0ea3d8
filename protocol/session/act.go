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
	case protocol.FIN:
		t.fin(at, dir, h.Stream)
	case protocol.SYNACK:
		if !fromClient {
			t.synack(at, h.Stream, data)
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
			t.st.Alert = protocol.Printable(data)
			t.report(CodeAlert, 0, dir, t.st.Alert)
		}
	case protocol.HeartRequest:
		t.heartRequest(at, dir, h.Stream)
	case protocol.HeartResponse:
		t.heartResponse(at, dir, h.Stream)
	}
}

func (t *Tracker) settings(data []byte) {
	s, err := protocol.ParseSettings(data)
	if err != nil {
		t.report(CodeSettingsMalformed, 0, protocol.ClientToServer, err.Error())
	}
	t.st.Phase = Ready
	t.st.ClientVersion = s.Version
	t.st.Client = protocol.Printable(s.Client)
	t.st.PaddingMD5 = protocol.Printable(s.PaddingMD5)
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

// payload folds a piece of a PSH into its stream.
func (t *Tracker) payload(at time.Time, dir protocol.Direction, p protocol.Piece) {
	s := t.streams.open[p.Header.Stream]
	if s == nil {
		if p.First && t.st.Untracked == 0 {
			t.report(CodeUnknownStream, p.Header.Stream, dir, fmt.Sprintf("PSH of %d bytes", p.Header.Length))
		}
		return
	}
	s.LastAt = at
	if dir == protocol.ServerToClient {
		s.Down += uint64(len(p.Data))
		t.st.Payload[dir] += uint64(len(p.Data))
		if s.State == Opening && t.st.Version() < 2 {
			s.State = Open // version 1 has no SYNACK
		}
		return
	}
	if p.First && s.ID == p.Header.Stream && s.needsHead() && len(s.head) == 0 {
		t.side[dir].target = true
	}
	s.Up += uint64(len(p.Data))
	t.st.Payload[dir] += uint64(len(p.Data))
	if !s.needsHead() {
		return
	}
	size, done, err := s.addHead(p.Data)
	if !done {
		return
	}
	s.Up -= uint64(size)
	t.st.Payload[dir] -= uint64(size)
	if err != nil {
		t.report(CodeTargetMalformed, s.ID, dir, err.Error())
		return
	}
	t.obs.Event(StreamOpen{Stream: s.ID, Target: s.Target, UDP: s.UDP})
}

func (t *Tracker) synack(at time.Time, id uint32, data []byte) {
	s := t.streams.open[id]
	if s == nil {
		if t.st.Untracked == 0 {
			t.report(CodeUnknownStream, id, protocol.ServerToClient, "SYNACK")
		}
		return
	}
	if s.HasACK {
		t.report(CodeSYNACKDuplicate, id, protocol.ServerToClient, "a second SYNACK")
		return
	}
	s.LastAt, s.HasACK, s.SYNACK = at, true, at.Sub(s.OpenedAt)
	if len(data) == 0 {
		if s.State == Opening {
			s.State = Open
		}
		return
	}
	s.Error = protocol.Printable(data)
	t.report(CodeSYNACKError, id, protocol.ServerToClient, s.Error)
	t.halfClose(s, ClosedByServer)
}

func (t *Tracker) fin(at time.Time, dir protocol.Direction, id uint32) {
	s := t.streams.open[id]
	if s == nil {
		// The other side may have sent its FIN at the same time, and ours went
		// by: nothing is wrong with it.
		if id > t.st.LastStream {
			t.report(CodeUnknownStream, id, dir, "FIN")
		}
		return
	}
	s.LastAt = at
	by := ClosedByClient
	if dir == protocol.ServerToClient {
		by = ClosedByServer
	}
	if s.State == HalfClosed && s.By != by {
		t.closeStream(s)
		return
	}
	t.halfClose(s, by)
}

func (t *Tracker) halfClose(s *Stream, by Closer) {
	if s.State != HalfClosed {
		s.State, s.By = HalfClosed, by
		t.streams.linger(s)
	}
}

func (t *Tracker) closeStream(s *Stream) {
	t.streams.close(s)
	t.obs.Event(StreamClose{
		Stream: s.ID, By: s.By, Up: s.Up, Down: s.Down,
		SYNACK: s.SYNACK, HasACK: s.HasACK, Error: s.Error,
	})
}

// expireStreams closes half-closed streams that have been silent, and reports
// those that wait too long for their SYNACK.
func (t *Tracker) expireStreams(at time.Time) {
	for _, s := range t.streams.silent(at) {
		t.closeStream(s)
	}
	for s := t.streams.overdue(at); s != nil; s = t.streams.overdue(at) {
		if t.st.Version() >= 2 {
			t.report(CodeSYNACKLate, s.ID, protocol.ServerToClient, "no SYNACK within 3 s of the SYN")
		}
	}
}
