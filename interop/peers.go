package interop

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/guide/known"
	"anytls-inspect/protocol"
)

// The environment variables in which interop/run passes on what it built.
const (
	relayVar = "INTEROP_RELAY" // the relay's binary
	peersVar = "INTEROP_PEERS" // a folder with a folder NAME@VERSION for each peer
)

//go:embed peers.tsv
var peersTable string

// The languages that peers are written in.
const (
	goLang   = "Go"
	rustLang = "Rust"
)

// A Peer is an implementation of AnyTLS that can be run as both ends.
type Peer struct {
	Name     string
	Version  string
	Language string
	Builder  string // how it is built: "go", "cargo", "sources" of a Go module, or "here" from a folder of this module
	Source   string // the package, the crate or the module that is built
	Flags    string // one of go build; "-": none
	Why      string // why this version

	// as is the name by which the guide knows it, where that is not its own: one of its clients
	// among several, which stand in peers/peers.toml.
	as string
}

// Peers are the peers of the table, in its order.
var Peers = parsePeers(peersTable)

// String returns the name of the peer by which the guide knows it, and its version.
func (p Peer) String() string { return p.implementation() + " " + p.Version }

func (p Peer) implementation() string { return cmp.Or(p.as, p.Name) }

// parsePeers panics where the table is wrong: the table is part of the program.
func parsePeers(table string) []Peer {
	var peers []Peer
	for line := range strings.Lines(table) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 7 || slices.Contains(f, "") {
			panic("peers.tsv: not seven columns: " + line)
		}
		peers = append(peers, Peer{Name: f[0], Version: f[1], Language: f[2], Builder: f[3], Source: f[4], Flags: f[5], Why: f[6]})
	}
	return peers
}

// FindPeer returns the first peer of a name, or the one of a name and version. It panics where the table
// has none.
func FindPeer(name string) Peer {
	i := slices.IndexFunc(Peers, func(p Peer) bool { return p.Name == name || p.String() == name })
	if i < 0 {
		panic("peers.tsv: no " + name)
	}
	return Peers[i]
}

// As returns the peer as another of the implementations that its programs can be.
func (p Peer) As(implementation string) Peer {
	p.as = implementation
	return p
}

//go:embed peers/peers.toml
var ownPeersTable []byte

// knownPeers returns the implementations that the guide knows by name, with those that the tests bring along.
func knownPeers() (*known.Table, error) {
	table := known.Builtin()
	return table, table.Add(ownPeers, ownPeersTable)
}

// End returns the peer as an end for the guide to start.
func (p Peer) End(ctx context.Context, as protocol.Peer) (guide.End, error) {
	table, err := knownPeers()
	if err != nil {
		return guide.End{}, err
	}
	i, err := table.Find(p.implementation())
	if err != nil {
		return guide.End{}, err
	}
	folder, err := p.Folder()
	if err != nil {
		return guide.End{}, err
	}
	program, err := i.Locate(ctx, as, folder)
	return guide.NamedEnd(i, as, program, nil), err
}

// Folder returns the folder of the peer's programs. The error says why there is none. It is
// never a reason to skip a test: what was not tried was not shown to work.
func (p Peer) Folder() (string, error) {
	dir, err := fromRun(peersVar)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, p.Name+"@"+p.Version)
	// The file holds the end of the build's output.
	if why, err := os.ReadFile(dir + ".failed"); err == nil {
		return "", fmt.Errorf("%v could not be built: %s", p, strings.TrimSpace(string(why)))
	}
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("%v was not built", p)
	}
	return dir, nil
}

// fromRun returns an environment variable that interop/run sets.
func fromRun(name string) (string, error) {
	value := os.Getenv(name)
	if value == "" {
		return "", fmt.Errorf("%s is not set: start the tests with interop/run, which builds what they need", name)
	}
	return value, nil
}
