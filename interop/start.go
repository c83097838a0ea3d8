package interop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
)

// StartServer starts a server that keeps its files in dir. It returns the process and its
// address once it accepts connections.
func (p Peer) StartServer(ctx context.Context, dir, password string) (server *Process, addr string, err error) {
	return p.start(ctx, commands[p.Name].server, End{Dir: dir, Password: password})
}

// StartClient starts a client of the server at addr. It returns the process and the address
// of its SOCKS proxy, once that accepts connections.
func (p Peer) StartClient(ctx context.Context, dir, addr, password string) (client *Process, socks string, err error) {
	return p.start(ctx, commands[p.Name].client, End{Dir: dir, Server: addr, Password: password})
}

func (p Peer) start(ctx context.Context, command command, end End) (*Process, string, error) {
	folder, err := p.Folder()
	if err != nil {
		return nil, "", err
	}
	if end.Listen, err = freeAddr(); err != nil {
		return nil, "", err
	}
	words, err := command(end)
	if err != nil {
		return nil, "", fmt.Errorf("%v: %w", p, err)
	}
	process, err := Start(ctx, end.Dir, nil, nil, filepath.Join(folder, words[0]), words[1:]...)
	if err != nil {
		return nil, "", fmt.Errorf("%v: %w", p, err)
	}
	if err := process.Ready(ctx, end.Listen); err != nil {
		process.Kill()
		return nil, "", fmt.Errorf("%v: %w", p, err)
	}
	return process, end.Listen, nil
}

// Ports for programs that can't pick one and say which. They are below the ports that
// systems give to outgoing connections. A run makes thousands of those, and one could take
// a port after it was found free and before the program listens there.
const (
	firstPort = 20000
	lastPort  = 29999
)

// nextPort begins at another port in each process, so that parallel runs don't collide.
var nextPort = func() *atomic.Uint32 {
	var port atomic.Uint32
	port.Store(uint32(os.Getpid()) * 97)
	return &port
}()

// freeAddr returns a loopback address at which nothing listens, another one each time.
func freeAddr() (string, error) {
	for range lastPort - firstPort {
		port := firstPort + int(nextPort.Add(1)-1)%(lastPort-firstPort+1)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		return l.Addr().String(), l.Close()
	}
	return "", errors.New("no port is free")
}
