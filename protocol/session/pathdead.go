package session

import (
	"strings"

	"anytls-inspect/protocol"
)

// PathDead returns what the reason of a session begins with that was given up since TCP
// toward a peer had no answer for too long: see [Tracker.CloseFor].
func PathDead(toward protocol.Peer) string {
	return string(CodePathDead) + ": the TCP of the " + toward.String()
}

// IsPathDead tells whether a session was given up for a reason that [PathDead] begins.
func IsPathDead(reason string) bool { return strings.HasPrefix(reason, string(CodePathDead)) }

// pathDead diagnoses that the session was given up since a peer had vanished.
func (t *Tracker) pathDead(reason string) {
	for _, dir := range [...]protocol.Direction{protocol.ClientToServer, protocol.ServerToClient} {
		if strings.HasPrefix(reason, PathDead(dir.Receiver())) {
			_, text, _ := strings.Cut(reason, ": ")
			if open := t.running(nil); len(open) > 0 {
				text += "; with the session ended " + listStreams(open)
			}
			t.diagnoseWait(CodePathDead, 0, dir, t.blockedWait(dir), text)
		}
	}
}
