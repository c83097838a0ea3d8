package traffic

import (
	"errors"
	"net"
	"sync"
	"time"
)

// acceptPause is how long a listener waits after it could not accept a connection: the system
// may have no descriptors left for a moment.
const acceptPause = 50 * time.Millisecond

// A listener has a function serve each connection, in a goroutine that ends at the latest when
// the listener is closed.
type listener struct {
	net.Listener
	serve  func(net.Conn)
	closed chan struct{}

	mu    sync.Mutex // guards conns
	conns map[net.Conn]bool
	wait  sync.WaitGroup
}

// listen listens on loopback.
func listen(serve func(net.Conn)) (*listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	accepting := &listener{Listener: l, serve: serve, closed: make(chan struct{}), conns: make(map[net.Conn]bool)}
	accepting.wait.Go(accepting.accept)
	return accepting, nil
}

// Close closes the listener and all its connections, and waits for its goroutines.
func (l *listener) Close() {
	close(l.closed)
	l.Listener.Close()
	l.mu.Lock()
	for conn := range l.conns {
		conn.Close()
	}
	l.mu.Unlock()
	l.wait.Wait()
}

func (l *listener) accept() {
	for {
		conn, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			select {
			case <-time.After(acceptPause):
			case <-l.closed:
				return
			}
		default:
			l.wait.Go(func() { l.hold(conn) })
		}
	}
}

// hold serves a connection, which Close can close meanwhile.
func (l *listener) hold(conn net.Conn) {
	defer conn.Close()
	l.mu.Lock()
	select {
	case <-l.closed: // Close has been through conns already
		l.mu.Unlock()
		return
	default:
		l.conns[conn] = true
	}
	l.mu.Unlock()
	l.serve(conn)
	l.mu.Lock()
	delete(l.conns, conn)
	l.mu.Unlock()
}
