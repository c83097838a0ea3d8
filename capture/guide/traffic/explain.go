package traffic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// errEnded is the cause of a request that was cut short because the run ended. It counts for
// nothing.
var errEnded = errors.New("the run was ended")

// A late is the cause of a request that had its time.
type late struct{ limit time.Duration }

// Error implements error.
func (l late) Error() string {
	return fmt.Sprintf("there was no whole answer within %g s", l.limit.Seconds())
}

// limited returns a context that ends after a limit, or so long after the end of ctx.
func limited(ctx context.Context, limit, after time.Duration) (context.Context, context.CancelFunc) {
	within, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), limit, late{limit})
	ended, end := context.WithCancelCause(within)
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(after):
			end(errEnded)
		case <-ended.Done():
		}
	})
	return ended, func() { stop(); end(nil); cancel() }
}

// isEnded tells whether a request failed only because the run ended.
func isEnded(err error) bool { return errors.Is(err, errEnded) }

// explain returns an error in words for readers of a report, given the context of the request
// that failed.
func explain(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errEnded) {
		return errEnded
	}
	var done *said
	if errors.As(err, &done) {
		return done
	}
	var limit late
	if errors.As(cause, &limit) {
		return &said{text: limit.Error(), err: err}
	}
	var bad *tls.CertificateVerificationError
	switch {
	case errors.As(err, &bad):
		return &said{text: "the target's certificate can't be verified: " + plain(bad.Err), of: target, err: err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.HasSuffix(err.Error(), closedUnused):
		return &said{text: "the connection was closed", of: severed, err: err}
	case isReset(err):
		return &said{text: "the connection was reset", of: severed, err: err}
	}
	return &said{text: plain(err), err: err}
}

// closedUnused is what net/http says, by an error of its own, of a connection that ended before its
// request was written.
const closedUnused = "server closed idle connection"

// unanswered returns the explanation of a failure before any part of an answer came.
func unanswered(ctx context.Context, err error) error {
	err = explain(ctx, err)
	if partOf(err) == severed {
		return &said{text: err.Error() + " before an answer came", of: severed, err: err}
	}
	return err
}

// after says how much had arrived when a transfer failed.
func after(n int64, err error) error {
	if isEnded(err) {
		return err
	}
	return &said{text: fmt.Sprintf("after %d bytes: %s", n, err), err: err}
}
