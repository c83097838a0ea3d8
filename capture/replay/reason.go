package replay

import (
	"errors"
	"strings"

	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstap"
	"anytls-inspect/protocol"
)

// The reasons of sessions that did not end by themselves.
const (
	reasonCaptureEnds = "the capture ends"
	reasonStopped     = "the replay was stopped"
	reasonPortReused  = "another connection began between the same ports"
	reasonTooMany     = "too many connections at once: this one was silent for the longest"
	reasonGone        = "its last packets are long past"
)

// explain says why a direction of a connection is not decoded, and what the user
// can do about it.
func explain(err error) string {
	advice := ""
	switch {
	case errors.Is(err, tlstap.ErrNoKey):
		return "no key for this TLS session: give the key log of one of its ends with --keylog FILE " +
			"(anytls-go's client writes one where TLS_KEY_LOG names a file, the relay with --keylog FILE)"
	case errors.Is(err, tlstap.ErrNotTLS):
		return "not TLS"
	case errors.Is(err, tlstap.ErrNoHandshake):
		advice = "begin the capture before the client connects"
	case errors.Is(err, tlstap.ErrGap):
		advice = "the capture lacks packets: capture closer to an end, or with a larger buffer (tcpdump -B)"
	case errors.Is(err, tlsrec.ErrOpen):
		advice = "is the key log of this very session?"
	}
	text := protocol.Printable(err.Error())
	if advice != "" {
		text += "; " + advice
	}
	return text
}

// reason says what could not be decoded of the session, and how it ended. It is
// empty where all was decoded and the session ended in good order.
func (c *connection) reason() string {
	why := c.why
	switch {
	case why != "":
	case !c.carried && !c.answered && c.how == reasonCaptureEnds:
		why = "the server did not answer"
	case !c.carried && c.answered:
		why = "the connection carried nothing"
	case c.observer != nil && !c.established:
		why = "the TLS handshake did not finish"
	}
	parts := make([]string, 0, 2)
	for _, part := range []string{why, c.how} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}
