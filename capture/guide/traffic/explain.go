package traffic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"
)

// grace is how long a request may go on after the end of its context: one that is answered is
// told, and nobody waits for long.
const grace = time.Second

// errEnded is the cause of a request that was cut short because the run ended. It counts for
// nothing.
var errEnded = errors.New("the run was ended")

// A late is the cause of a request that had its time.
type late struct{ limit time.Duration }

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
	var wrapped *url.Error
	switch {
	case errors.As(err, &bad):
		return &said{text: "the target's certificate can't be verified: " + plain(bad.Err), err: err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &said{text: "the connection was closed before the answer was whole", of: closing, err: err}
	case isReset(err):
		return &said{text: "the connection was reset before the answer was whole", of: closing, err: err}
	case errors.As(err, &wrapped):
		err = wrapped.Err
	}
	return &said{text: plain(err), err: err}
}

// after says how much had arrived when a transfer failed.
func after(n int64, err error) error {
	if isEnded(err) {
		return err
	}
	return &said{text: fmt.Sprintf("after %d bytes: %s", n, err), err: err}
}
