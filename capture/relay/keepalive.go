package relay

import (
	"net"
	"time"
)

// setKeepAlive turns TCP's keepalives of a connection on or off. The standard library
// turns them on for all that it accepts and dials: a NAT that forgets idle connections
// would then remember those of the relay.
func setKeepAlive(c *net.TCPConn, every time.Duration) {
	// Where this fails the connection is gone, and its next read says so.
	if every <= 0 {
		_ = c.SetKeepAlive(false)
		return
	}
	_ = c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: every, Interval: every})
}
