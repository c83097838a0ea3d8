package replay

import (
	"errors"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// The reasons of sessions that did not end by themselves.
const (
	reasonCaptureEnds = "the capture ends"
	reasonCut         = "the capture ends before the session: " // and why it was recorded no further
	reasonStopped     = "the replay was stopped"
	reasonPortReused  = "another connection began between the same ports"
	reasonTooMany     = "too many connections at once: this one was silent for the longest"
	reasonGone        = "its last packets are long past"
)

// maxCutNote bounds what is told of a comment on a session that is recorded no further.
const maxCutNote = 256

// explain says why a direction of a connection is not decoded, and what the user
// can do about it.
func (c *connection) explain(dir protocol.Direction, err error) string {
	what := advice.ForCapture(err)
	switch {
	case errors.Is(err, tlstap.ErrNoKey):
		return "no key for this TLS session: " + advice.ForMissingKey(c.w.keys.shortage(c.observer.Info(), dir))
	case errors.Is(err, tlstap.ErrAbsent):
		return "the capture has no data of the " + dir.Sender().String() + "'s direction; " + what
	case errors.Is(err, tlstap.ErrGap) && c.cut > 0:
		return "packets are" + cutShort // no larger buffer helps
	case errors.Is(err, tlstap.ErrNotTLS):
		return tlstap.ErrNotTLS.Error() // without the fault of one record
	case what == "":
		return protocol.Printable(err.Error())
	default:
		return protocol.Printable(err.Error()) + "; " + what
	}
}

// unfinished says that the handshake did not come to its end.
const unfinished = "the TLS handshake did not finish"

// undecoded says why not all of the session could be decoded; empty where it could, or where
// it has nothing to decode.
func (c *connection) undecoded() string {
	if c.why == "" && c.observer != nil && !c.established {
		return unfinished
	}
	return c.why
}

// reason says what could not be decoded of the session, and how it ended. It is
// empty where all was decoded and the session ended in good order. Where TLS failed, it
// says what to do.
func (c *connection) reason(tlsFailed bool) string {
	why, what := c.why, ""
	if tlsFailed && (c.keyless || c.unseen[0] || c.unseen[1]) {
		why = "" // no key, and no word of the other, is needed to see that
	}
	if tlsFailed && !c.refused {
		what = advice.ForCutHandshake(protocol.Peer(c.by), c.leg != capture.NoLeg)
	}
	switch cut := c.cutOff(); {
	case cut != "" && why != "" && c.keyless:
		why += "; " + cut
	case cut != "":
		why = cut
	case why != "":
	case !c.carried && !c.answered && c.how == reasonCaptureEnds:
		why = "the server did not answer"
	case !c.carried && c.answered:
		why = "the connection carried nothing"
	case c.observer != nil && (!c.established || tlsFailed && c.keyless):
		why = unfinished
	}
	parts := make([]string, 0, 3)
	for _, part := range []string{why, c.how, what} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

// cutOff says that bytes of the session are missing since the capture has cut packets; it is
// empty where none are.
func (c *connection) cutOff() string {
	if c.cut == 0 || !c.lacks && c.established {
		return ""
	}
	return amount(c.cut, "packet") + pick(c.cut, " is", " are") + cutShort
}

// cutShort says what packets are, and what to do.
const cutShort = " cut, so that bytes are missing: capture with tcpdump -s 0"
