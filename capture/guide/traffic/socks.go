package traffic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"anytls-inspect/protocol"
)

// An inbound dials the SOCKS inbound, and tells its own failures from those of the dialogue.
type inbound struct{}

// Dial makes it a dialer of golang.org/x/net/proxy, which calls DialContext.
func (inbound) Dial(network, addr string) (net.Conn, error) {
	return inbound{}.DialContext(context.Background(), network, addr)
}

func (inbound) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, notReached(addr, err)
	}
	return conn, nil
}

// notReached says that the SOCKS inbound can't be connected to.
func notReached(addr string, err error) error {
	text := "the client's SOCKS inbound " + addr + " can't be reached: " + plain(err)
	if errors.Is(err, syscall.ECONNREFUSED) {
		text = "nothing listens at the client's SOCKS inbound " + addr
	}
	return &said{text: text, of: dialling, err: err}
}

// inboundFailed says what is wrong with the dialogue with the SOCKS inbound.
func inboundFailed(err error) error {
	var done *said
	if errors.As(err, &done) {
		return done
	}
	// The texts are golang.org/x/net/proxy's: its errors have no types.
	var op *net.OpError
	inner := err
	if errors.As(err, &op) {
		inner = op.Err
	}
	text := inner.Error()
	switch reply, is := strings.CutPrefix(text, "unknown error "); {
	case is:
		return &said{text: inboundSays + reply, of: replying, err: err}
	case text == "no acceptable authentication methods":
		return &said{text: wantsLogin, of: talking, err: err}
	case strings.HasPrefix(text, "unexpected protocol version"):
		return &said{text: notSOCKS, of: talking, err: err}
	}
	return noReply(inner)
}

// HungUp is how a request or an association fails whose SOCKS inbound does not reply to it.
const HungUp = "the client's SOCKS inbound closed the connection without a reply"

// The other sentences about a SOCKS inbound.
const (
	inboundSays = "the client's SOCKS inbound says: "
	wantsLogin  = "the client's SOCKS inbound wants a login"
	notSOCKS    = "the client's SOCKS inbound does not speak SOCKS 5"
)

// noReply says why the SOCKS inbound gave no reply.
func noReply(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), isReset(err):
		return &said{text: HungUp, of: closing, err: err}
	case isTimeout(err):
		return &said{text: "the client's SOCKS inbound gave no reply in time", of: waiting, err: err}
	}
	return &said{text: "the client's SOCKS inbound: " + plain(err), of: talking, err: err}
}

// replyText says what a SOCKS reply means (RFC 1928, section 6), in the words that
// golang.org/x/net/proxy has for it.
func replyText(code byte) string {
	texts := []string{
		1: "general SOCKS server failure", 2: "connection not allowed by ruleset", 3: "network unreachable",
		4: "host unreachable", 5: "connection refused", 6: "TTL expired", 7: "command not supported",
		8: "address type not supported",
	}
	if int(code) < len(texts) && texts[code] != "" {
		return texts[code]
	}
	return fmt.Sprintf("unknown code: %d", code)
}

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

func (s *said) Error() string { return s.text }
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
