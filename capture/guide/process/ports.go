package process

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports for programs that can't pick one and say which. They are below the ports that
// systems give to outgoing connections. A run makes thousands of those, and one could take
// a port after it was found free and before the program listens there.
const (
	firstPort = 20000
	ports     = 10000
)

// FreeAddr returns an address of 127.0.0.1 at which nothing listens. It is picked at random, so
// that runs at the same time seldom pick the same.
func FreeAddr() (string, error) {
	start := rand.IntN(ports)
	for n := range ports {
		port := firstPort + (start+n)%ports
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		return l.Addr().String(), l.Close()
	}
	return "", errors.New("no port is free")
}
