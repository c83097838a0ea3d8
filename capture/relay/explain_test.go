package relay

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestNeverStood: TLS fails with the peer of a leg, unless the relay is to blame, or the
// client, which had left, or had not begun.
func TestNeverStood(t *testing.T) {
	server := func(err error) error { return &legError{protocol.Server, &advice.ServerError{Err: err}} }
	client := func(err error) error { return &legError{protocol.Client, err} }
	for _, tc := range []struct {
		name   string
		err    error
		by     session.Closer
		failed bool
	}{
		{"the server", server(io.EOF), session.ClosedByServer, true},
		{"no descriptors", server(&net.OpError{Op: "dial", Err: syscall.EMFILE}), session.ClosedByRelay, false},
		{"the client", client(&advice.ClientError{Err: io.EOF, First: []byte{22}}), session.ClosedByClient, true},
		{"a client that says nothing", client(&advice.ClientError{Err: io.EOF}), session.ClosedByClient, false},
		{"a client that left", client(advice.ClientLeft(time.Minute)), session.ClosedByClient, false},
		{"a client that offers much", client(&advice.ClientError{Err: errors.New("client offered: [" + strings.Repeat("4000 ", 20000) + "]"), First: []byte{22}}), session.ClosedByClient, true},
		{"neither", errors.New("something else"), session.ClosedByRelay, false},
	} {
		e := neverStood(fmt.Errorf("wrapped: %w", tc.err))
		if e.by != tc.by || e.tlsFailed != tc.failed || e.why == "" || len(e.why) > 1000 {
			t.Errorf("%s: by %v, TLS failed: %v, %q", tc.name, e.by, e.tlsFailed, e.why)
		}
	}
}
