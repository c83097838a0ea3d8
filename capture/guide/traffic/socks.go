package traffic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// An inbound dials the SOCKS inbound, and tells its own failures from those of the dialogue.
type inbound struct{}

// Dial makes it a dialer of golang.org/x/net/proxy, which calls DialContext.
func (inbound) Dial(network, addr string) (net.Conn, error) {
	return inbound{}.DialContext(context.Background(), network, addr)
}

// DialContext implements [proxy.ContextDialer]: it connects to the inbound itself.
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
