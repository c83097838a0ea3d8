package peer

import (
	"crypto/tls"
	"net"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A trace records the events of a client's session into a sink, as a relay would. A
// trace without a sink does nothing.
type trace struct {
	sink capture.Sink
	id   capture.SessionID

	mu   sync.Mutex
	open bool // whether the session began and has not ended; other events are dropped
}

// record sets the session and the time of an event, and records it.
func (t *trace) record(e *capture.Event) {
	if t.sink == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Kind == capture.Opened {
		t.open = true
	}
	if !t.open {
		return
	}
	t.open = e.Kind != capture.Closed
	e.Session, e.At = t.id, time.Now()
	t.sink.Record(e)
}

// begin records that a TCP connection stands.
func (t *trace) begin(conn net.Conn) {
	t.record(&capture.Event{
		Kind: capture.Opened, Client: conn.LocalAddr().String(), Server: conn.RemoteAddr().String(),
	})
}

// established records the result of the TLS handshake.
func (t *trace) established(state tls.ConnectionState, sni string) {
	t.record(&capture.Event{Kind: capture.Established, TLS: &capture.TLS{
		Version: tls.VersionName(state.Version),
		Cipher:  tls.CipherSuiteName(state.CipherSuite),
		SNI:     protocol.Printable(sni),
		ALPN:    protocol.Printable(state.NegotiatedProtocol),
	}})
}

// data records plaintext, with one event for each TLS record.
func (t *trace) data(dir protocol.Direction, b []byte) {
	if t.sink == nil {
		return
	}
	for len(b) > 0 {
		n := min(len(b), protocol.MaxRecord)
		t.record(&capture.Event{Kind: capture.Data, Dir: dir, Data: b[:n]})
		b = b[n:]
	}
}

// tlsFailed records that TLS with the server has failed, or could not be stood up, and why.
func (t *trace) tlsFailed(reason string) {
	t.record(&capture.Event{
		Kind: capture.Closed, By: session.ClosedByServer, Reason: protocol.Printable(reason), TLSFailed: true,
	})
}

// end records who ended the session, and why; "" is a session that ended in good order.
func (t *trace) end(by session.Closer, reason string) {
	t.record(&capture.Event{Kind: capture.Closed, By: by, Reason: protocol.Printable(reason)})
}
