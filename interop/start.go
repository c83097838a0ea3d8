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

// StartServer starts a server in a process of its own, which keeps what it needs
// in dir, and returns it and its address when it accepts connections.
func (p Peer) StartServer(ctx context.Context, dir, password string) (server *Process, addr string, err error) {
	return p.start(ctx, commands[p.Name].server, End{Dir: dir, Password: password})
}

// StartClient starts a client of the server at addr, and returns it and the
// address of its SOCKS proxy.
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

// Ports for programs that can't be told to pick one and say which. They are
// below those that systems give to connections going out, of which a run makes
// thousands: one of them could take a port between its being found free and the
// program's listening there.
const (
	firstPort = 20000
	lastPort  = 29999
)

// nextPort begins elsewhere for each run, so that runs side by side get on.
var nextPort = func() *atomic.Uint32 {
	var port atomic.Uint32
	port.Store(uint32(os.Getpid()) * 97)
	return &port
}()

// freeAddr is a loopback address at which nothing listens, another one each time.
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
