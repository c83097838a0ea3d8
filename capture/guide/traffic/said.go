package traffic

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"anytls-inspect/protocol"
)

// A part of the way says where a failure was.
type part uint8

const (
	beyond   part = iota // behind the inbound, or in none of the others
	dialling             // the inbound was not reached
	talking              // it speaks something else than SOCKS
	waiting              // it did not reply in time
	closing              // it closed the connection
	replying             // it replied that it failed
	severed              // the connection through it ended
	target               // a target of others has failed itself: its answer came, and says so
)

// A said is an error with a text for the readers of a report.
type said struct {
	text string
	of   part
	err  error
}

// partOf returns where a failure was.
func partOf(err error) part {
	var s *said
	if errors.As(err, &s) {
		return s.of
	}
	return beyond
}

// Error implements error.
func (s *said) Error() string { return s.text }

// Unwrap returns what went wrong.
func (s *said) Unwrap() error { return s.err }

// failed returns an error with a text for the readers of a report.
func failed(format string, args ...any) error { return &said{text: fmt.Sprintf(format, args...)} }

// maxText bounds what a target or an inbound can put into a report, in bytes.
const maxText = 200

// plain returns the text of an error without the operations and addresses around it.
func plain(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	text := err.Error()
	for _, around := range [...]string{"net/http: ", "HTTP/1.x transport connection broken: ", "net/http: "} {
		text = strings.TrimPrefix(text, around)
	}
	text = protocol.Printable(text)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}
