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

// A tapped is a connection of a client that is recorded below TLS.
type tapped struct {
	net.Conn
	tap capture.LegRecorder
}

// tapConn makes a connection, that was asked for then, be recorded, where cfg
// says so, and its secrets with it.
func tapConn(raw net.Conn, asked time.Time, cfg ClientConfig, tlsConfig *tls.Config) net.Conn {
	if cfg.Recorder == nil {
		return raw
	}
	local, remote := raw.LocalAddr().(*net.TCPAddr), raw.RemoteAddr().(*net.TCPAddr)
	tap := cfg.Recorder.Leg(capture.LegInfo{
		Session: cfg.Session, Leg: capture.ServerLeg, Relay: local.AddrPort(), Peer: remote.AddrPort(),
		Asked: asked, Answered: time.Now(),
	})
	if tap == nil {
		return raw
	}
	log := io.Writer(secrets{tap})
	if tlsConfig.KeyLogWriter != nil {
		log = io.MultiWriter(log, tlsConfig.KeyLogWriter)
	}
	tlsConfig.KeyLogWriter = log
	return &tapped{raw, tap}
}

// secrets gives the lines of a key log to a tap.
type secrets struct{ tap capture.LegRecorder }

// Write implements [io.Writer].
func (s secrets) Write(line []byte) (int, error) {
	s.tap.Secret(line)
	return len(line), nil
}

// Read implements [net.Conn].
func (c *tapped) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	now := time.Now()
	if n > 0 {
		c.tap.Bytes(now, capture.Received, b[:n], "")
	}
	switch {
	case errors.Is(err, io.EOF):
		c.tap.Fin(now, capture.Received)
	case errors.Is(err, syscall.ECONNRESET):
		c.tap.Reset(now, capture.Received)
	}
	return n, err
}

// Write implements [net.Conn].
func (c *tapped) Write(b []byte) (int, error) {
	c.tap.Bytes(time.Now(), capture.Sent, b, "")
	return c.Conn.Write(b)
}

// Close implements [net.Conn].
func (c *tapped) Close() error {
	c.tap.Fin(time.Now(), capture.Sent)
	err := c.Conn.Close()
	c.tap.Close()
	return err
}
