package capture

import (
	"strings"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// The parts of an [EndNote].
const (
	endPrefix    = "ended by "
	endTLSFailed = ", TLS failed"
)

// maxEndReason bounds what a note tells of why a session ended, in bytes.
const maxEndReason = 4 << 10

// EndNote returns the comment by which a recording tells who ended a session, and why: what
// goes over the two legs does not show all of it. The last one of a session counts. It takes
// By, Reason and TLSFailed of an event, and reads
//
//	ended by client
//	ended by relay: the server has acknowledged nothing for 1m0s; 46 bytes toward it wait for that
//	ended by server, TLS failed: server leg: EOF: it may want another SNI
func EndNote(e *Event) string {
	text := endPrefix + e.By.String()
	if e.TLSFailed {
		text += endTLSFailed
	}
	if e.Reason != "" {
		text += ": " + e.Reason[:min(len(e.Reason), maxEndReason)]
	}
	return text
}

// ParseEndNote returns the [Closed] event that a comment tells of, without session and time.
// Its Reason is printable. ok is false where the comment is not [EndNote]'s.
func ParseEndNote(comment string) (e Event, ok bool) {
	text, ok := strings.CutPrefix(comment, endPrefix)
	if !ok {
		return Event{}, false
	}
	who, why, explained := strings.Cut(text, ": ")
	who, e.TLSFailed = strings.CutSuffix(who, endTLSFailed)
	e.Kind, e.Reason = Closed, protocol.Printable(why[:min(len(why), maxEndReason)])
	for _, by := range [...]session.Closer{session.ClosedByClient, session.ClosedByServer, session.ClosedByRelay} {
		if who == by.String() {
			e.By = by
			return e, explained == (why != "")
		}
	}
	return Event{}, false
}
