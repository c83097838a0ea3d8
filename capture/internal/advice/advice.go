// Package advice is the one place that says what to do about an error of a
// source. An error says what went wrong; users want to know which flag helps.
//
// Sources call [For], and a replay [ForCapture], where they turn an error into the
// text that users see. The advice depends on the error's kind, never on its words
// where Go has a type for it, and on the peer at the other end: the same end of file
// is about --sni with a server, and about trust in the relay's certificate with a
// client.
package advice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"anytls-inspect/protocol"
)

// ErrClientLeft says that a client of the relay has gone before the server had finished its
// handshake. The relay returns it, or wraps it.
var ErrClientLeft = errors.New("the client closed its connection while the relay waited for the server")

// ClientLeft returns [ErrClientLeft] with how long the client had waited.
func ClientLeft(waited time.Duration) error { return &clientLeft{waited} }

type clientLeft struct{ waited time.Duration }

// Error implements [error].
func (e *clientLeft) Error() string { return fmt.Sprintf("%v, for %v", ErrClientLeft, e.waited) }

// Unwrap returns [ErrClientLeft].
func (e *clientLeft) Unwrap() error { return ErrClientLeft }

// ErrNobodyWaits says that a server had not answered for long when nobody waited for it any more:
// the client had gone, or the run was over. That they ended first makes it no server that answers.
// It may have begun to.
var ErrNobodyWaits = errors.New("no whole answer came until the client gave up, or the run ended")

// For returns what to do about err, or "" where there is no advice. err is the
// error of a connection to peer or of the TLS handshake with it. A [ServerError] or a
// [ClientError] in its chain says more of the case. Callers pass no other errors of a session that was open: For would take its lost connection
// for a handshake that failed; but see [ForOpen] and [ClientCertificate.Refused].
func For(peer protocol.Peer, err error) string {
	if peer == protocol.Client {
		return client(err)
	}
	return server(err)
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &netErr) && netErr.Timeout()
}
