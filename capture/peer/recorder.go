package peer

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"anytls-inspect/capture"
)

// A recordedConn is a client's connection below TLS, which tells a recorder what goes
// over it.
type recordedConn struct {
	net.Conn
	recorder capture.LegRecorder
}

// newRecordedConn returns raw as a recordedConn, and adds the recorder to the key log of
// tlsConfig. It returns raw itself where cfg has no recorder, or the recorder does not
// want the connection. asked is when the connection was asked for.
func newRecordedConn(raw net.Conn, asked time.Time, cfg ClientConfig, tlsConfig *tls.Config) net.Conn {
	if cfg.Recorder == nil {
		return raw
	}
	local, remote := raw.LocalAddr().(*net.TCPAddr), raw.RemoteAddr().(*net.TCPAddr)
	recorder := cfg.Recorder.Leg(capture.LegInfo{
		Session: cfg.Session, Leg: capture.ServerLeg, Relay: local.AddrPort(), Peer: remote.AddrPort(),
		Asked: asked, Answered: time.Now(),
	})
	if recorder == nil {
		return raw
	}
	tlsConfig.KeyLogWriter = capture.SecretWriter(recorder, tlsConfig.KeyLogWriter)
	return &recordedConn{raw, recorder}
}

// Read implements [net.Conn].
func (c *recordedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	now := time.Now()
	if n > 0 {
		c.recorder.Bytes(now, capture.Received, b[:n], "")
	}
	switch {
	case errors.Is(err, io.EOF):
		c.recorder.Fin(now, capture.Received)
	case errors.Is(err, syscall.ECONNRESET):
		c.recorder.Reset(now, capture.Received)
	}
	return n, err
}

// Write implements [net.Conn].
func (c *recordedConn) Write(b []byte) (int, error) {
	c.recorder.Bytes(time.Now(), capture.Sent, b, "")
	return c.Conn.Write(b)
}

// Close implements [net.Conn].
func (c *recordedConn) Close() error {
	c.recorder.Fin(time.Now(), capture.Sent)
	err := c.Conn.Close()
	c.recorder.Close()
	return err
}
