package main

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture/relay"
)

// connectionFlags say how connections are made and kept, of whatever leg. They are as
// good as a config: nothing of them has to be read.
type connectionFlags struct {
	handshakeTimeout time.Duration
	keepAlive        time.Duration // 0: none
}

func (c *connectionFlags) register(f *pflag.FlagSet) {
	f.DurationVar(&c.handshakeTimeout, "handshake-timeout", relay.DefaultHandshakeTimeout, "let TCP and TLS take `D` until a session is open")
	f.DurationVar(&c.keepAlive, "keepalive", 0, "send TCP keepalives on connections that are idle for `D` (default: none)")
}

// What TCP can count: seconds, in 15 bits.
const (
	minKeepAlive = time.Second
	maxKeepAlive = (1<<15 - 1) * time.Second
)

// check tells which of the flags can't be.
func (c *connectionFlags) check() error {
	switch {
	case c.handshakeTimeout <= 0:
		return fmt.Errorf("--handshake-timeout %v is not positive", c.handshakeTimeout)
	case c.keepAlive != 0 && (c.keepAlive < minKeepAlive || c.keepAlive > maxKeepAlive):
		return fmt.Errorf("--keepalive %v is not between %v and %v", c.keepAlive, minKeepAlive, maxKeepAlive)
	}
	return nil
}
