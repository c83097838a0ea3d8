package traffic

import (
	"errors"
	"net"
	"os"
	"time"
)

// A moving is a connection on which nobody waits for long where nothing moves any more, either
// way.
type moving struct {
	net.Conn
	still time.Duration
}

// Read implements [net.Conn].
func (m moving) Read(b []byte) (int, error) {
	if err := m.moves(); err != nil {
		return 0, err
	}
	n, err := m.Conn.Read(b)
	return n, m.explain(err)
}

// Write implements [net.Conn].
func (m moving) Write(b []byte) (int, error) {
	if err := m.moves(); err != nil {
		return 0, err
	}
	n, err := m.Conn.Write(b)
	return n, m.explain(err)
}

// moves gives both ways more time: who sends much gets no answer meanwhile.
func (m moving) moves() error { return m.SetDeadline(time.Now().Add(m.still)) }

func (m moving) explain(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return failed("nothing moved for %g s", m.still.Seconds())
	}
	return err
}
