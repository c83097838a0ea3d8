package interop

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// A Peer is an implementation of AnyTLS that can be run as both ends. Each
// method starts a process of its own, which keeps what it needs in dir, and
// returns when that process accepts connections.
type Peer interface {
	// String is the peer's name and version.
	fmt.Stringer

	// Server starts a server and returns its address.
	Server(ctx context.Context, dir, password string) (server *Process, addr string, err error)

	// Client starts a client of the server at addr, and returns the address of
	// its SOCKS proxy. It must not verify the server's certificate.
	Client(ctx context.Context, dir, addr, password string) (client *Process, socks string, err error)
}

// The environment in which interop/run says where it put what it built.
const (
	relayVar = "INTEROP_RELAY" // the relay's binary
	peersVar = "INTEROP_PEERS" // a folder with one folder for each peer and version
)

// peerBinary is the path of a peer's program. That a peer can't be had is an
// error, never a reason to skip: what was not tried was not shown to work.
func peerBinary(name, version string) (string, error) {
	dir, err := fromRun(peersVar)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name+"@"+version, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("no peer %s %s: %w", name, version, err)
	}
	return path, nil
}

func fromRun(name string) (string, error) {
	value := os.Getenv(name)
	if value == "" {
		return "", fmt.Errorf("%s is not set: start the tests with interop/run, which builds what they need", name)
	}
	return value, nil
}

// freeAddr is a loopback address at which nothing listens, for programs that
// can't be told to pick one and say which. Somebody else may take it in
// between; the program then ends with an error, and so does the test.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
