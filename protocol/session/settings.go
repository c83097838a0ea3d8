package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// settings takes the client's Settings (section cmdSettings).
func (t *Tracker) settings(at time.Time, data []byte) {
	s, err := protocol.ParseSettings(data)
	if err != nil {
		t.diagnose(CodeSettingsMalformed, 0, protocol.ClientToServer, err.Error())
	}
	if !t.side[protocol.ClientToServer].fate.Made() {
		t.hasOrNot(protocol.ClientToServer, extraSettings, len(s.Other) > 0)
	}
	first := t.st.Phase < Ready
	t.reach(Ready)
	t.st.ClientVersion = s.Version
	t.st.Client = excerpt(s.Client)
	t.st.PaddingMD5 = excerpt(s.PaddingMD5)
	t.st.Scheme = t.cfg.Schemes.Lookup(s.PaddingMD5)
	t.schemeKnown(t.st.Scheme)
	t.misfit(t.st.Scheme, protocol.ClientToServer, "the client goes by a scheme whose ")
	if !first {
		return
	}
	t.settingsAt, t.used = at, at
	t.asks()
	t.wakeBy(at.Add(OwedTime + t.st.Evidence.Within))
	if t.opening.authAt.IsZero() {
		return // whose session it is is not known
	}
	t.knownToFleet()
	t.join()
	t.checkPadding0()
}

// firstFrame diagnoses a session that does not begin with the client's Settings. A
// SYN before them has a code of its own.
func (t *Tracker) firstFrame(dir protocol.Direction, h protocol.Header) {
	if dir != protocol.ClientToServer || t.between(dir) || t.st.Streams > 0 ||
		h.Command == protocol.Settings || h.Command == protocol.SYN || t.diagnostics[CodeSettingsMissing] > 0 {
		return
	}
	t.diagnose(CodeSettingsMissing, 0, dir, fmt.Sprintf("the client sent %v, and no Settings before it", h.Command))
}

// serverSettings takes the server's version (section cmdServerSettings).
func (t *Tracker) serverSettings(data []byte) {
	s, err := protocol.ParseSettings(data)
	if err != nil {
		t.diagnose(CodeSettingsMalformed, 0, protocol.ServerToClient, err.Error())
	}
	if t.st.ServerVersion == 0 && t.inOrder() && t.st.Phase == Ready && !t.settingsAt.IsZero() {
		t.side[protocol.ClientToServer].follower.turn(t.now.Sub(t.settingsAt))
	}
	t.st.ServerVersion = s.Version
}

// versionSeen tells whether the version that the session runs is not 1, or none, only for want
// of what was not seen.
func (t *Tracker) versionSeen() bool {
	return (t.st.ClientVersion != 0 || t.streams.misses[protocol.ClientToServer] == 0) &&
		(t.st.ServerVersion != 0 || t.streams.misses[protocol.ServerToClient] == 0)
}

// versionMismatch diagnoses a command of version 2 in a session that is surely of
// version 1: the client said so, or the server has begun to answer streams without
// sending ServerSettings first.
func (t *Tracker) versionMismatch(dir protocol.Direction, h protocol.Header) {
	if t.st.Phase < Ready || t.between(dir) || h.Command == protocol.HeartResponse {
		return
	}
	why := ""
	switch served := &t.st.Commands[protocol.ServerToClient]; {
	case t.st.ClientVersion == 0:
		why = "the client's Settings name no version"
	case t.st.ClientVersion == 1:
		why = "the client's Settings say version 1"
	case h.Command == protocol.ServerSettings || t.st.ServerVersion >= 2:
		return
	case t.st.ServerVersion == 1:
		why = "the server's ServerSettings say version 1"
	case dir == protocol.ServerToClient && h.Command == protocol.SYNACK,
		served[protocol.SYNACK]+served[protocol.PSH]+served[protocol.FIN] > 0:
		if !t.whole(protocol.ServerToClient) {
			return
		}
		why = "the server sent no ServerSettings"
	default:
		return
	}
	t.diagnose(CodeVersionMismatch, h.Stream, dir, fmt.Sprintf("%v, but %s", h.Command, why))
}
