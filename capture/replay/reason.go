package replay

import (
	"errors"
	"slices"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
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
		return "no key for it: " + advice.ForMissingKey(c.w.keys.shortage(c.observer.Info(), dir))
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
	switch cut := c.cutOff(); {
	case cut != "" && c.why != "" && c.keyless:
		return c.why + "; " + cut
	case cut != "":
		return cut
	case c.why == "" && c.observer != nil && !c.established:
		return unfinished
	default:
		return c.why
	}
}

// reason says how the session ended. It is empty where that was in good order.
func (c *connection) reason() string {
	how := c.how
	if by := c.by; by <= session.ClosedByServer && c.sights[by].why != "" && how == capture.ReasonNoCloseNotify(protocol.Peer(by)) {
		how = "" // a close_notify may be in what was not decoded
	}
	switch {
	case c.carried || c.undecoded() != "":
		return how
	case !c.answered && how == reasonCaptureEnds:
		return joined("the server did not answer", how)
	case c.answered:
		return joined("the connection carried nothing", how)
	default:
		return how
	}
}

// failure says why TLS failed, and what to do.
func (c *connection) failure() string {
	why, what := c.undecoded(), ""
	if c.keyless || c.unseen[0] || c.unseen[1] { // no key, and no word of the other, is needed to see that
		if why = c.cutOff(); why == "" && (c.keyless || !c.established) {
			why = unfinished
		}
	}
	if !c.refused {
		what = advice.ForCutHandshake(protocol.Peer(c.by), c.leg != capture.NoLeg)
	}
	return joined(why, c.how, what)
}

// joined joins the parts that are not empty.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "; ")
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
