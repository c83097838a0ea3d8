package demo

import (
	"net"
	"sync"
	"time"
)

// drainTimeout bounds how long the demo's server outlives the clients. A relay takes a
// moment to pass the end of their sessions on. If the server ended first, the relay
// would blame it for the end of every session.
const drainTimeout = time.Second

// A countingListener is a listener that counts its open connections.
type countingListener struct {
	net.Listener
	closed chan struct{} // holds a token after a connection was closed

	mu   sync.Mutex
	open int // how many connections are open
}

func newCountingListener(l net.Listener) *countingListener {
	return &countingListener{Listener: l, closed: make(chan struct{}, 1)}
}

// Accept implements [net.Listener].
func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.count(+1)
	return &countedConn{Conn: conn, closed: sync.OnceFunc(func() {
		l.count(-1)
		select {
		case l.closed <- struct{}{}:
		default:
		}
	})}, nil
}

// count adds change to the number of open connections, and returns the sum.
func (l *countingListener) count(change int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open += change
	return l.open
}

// drain waits until no connection is open, or for drainTimeout.
func (l *countingListener) drain() {
	timer := time.NewTimer(drainTimeout)
	defer timer.Stop()
	for l.count(0) > 0 {
		select {
		case <-l.closed:
		case <-timer.C:
			return
		}
	}
}

// A countedConn is a connection of a countingListener.
type countedConn struct {
	net.Conn
	closed func() // tells the listener, once
}

// Close implements [net.Conn].
func (c *countedConn) Close() error {
	defer c.closed()
	return c.Conn.Close()
}
