package demo

import (
	"net"
	"sync"
	"time"
)

// drainTimeout bounds how long the scene's server stays after its clients have
// left. A relay takes a moment to pass their leaving on; were the server gone
// before, every session would seem to have ended for no reason.
const drainTimeout = time.Second

// A lobby is a listener that knows how many of its connections are open.
type lobby struct {
	net.Listener
	left chan struct{} // a token: a connection was closed

	mu   sync.Mutex
	here int
}

func newLobby(l net.Listener) *lobby { return &lobby{Listener: l, left: make(chan struct{}, 1)} }

// Accept implements [net.Listener].
func (l *lobby) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.count(+1)
	return &visitor{Conn: conn, leave: sync.OnceFunc(func() {
		l.count(-1)
		select {
		case l.left <- struct{}{}:
		default:
		}
	})}, nil
}

func (l *lobby) count(change int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.here += change
	return l.here
}

// drain waits until no connection is open, or for drainTimeout.
func (l *lobby) drain() {
	timer := time.NewTimer(drainTimeout)
	defer timer.Stop()
	for l.count(0) > 0 {
		select {
		case <-l.left:
		case <-timer.C:
			return
		}
	}
}

// A visitor is a connection of a lobby.
type visitor struct {
	net.Conn
	leave func()
}

// Close implements [net.Conn].
func (v *visitor) Close() error {
	defer v.leave()
	return v.Conn.Close()
}
