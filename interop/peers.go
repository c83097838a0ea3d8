package interop

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	Builder  string // how it is built: "go", "cargo", or "here" from a folder of this module
	Source   string // the package or the crate that is built
	Why      string // why this version
}

// Peers are the peers of the table, in its order.
var Peers = parsePeers(peersTable)

// String returns the peer's name and version.
func (p Peer) String() string { return p.Name + " " + p.Version }

// parsePeers panics where the table is wrong: the table is part of the program.
func parsePeers(table string) []Peer {
	var peers []Peer
	for line := range strings.Lines(table) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 6 || slices.Contains(f, "") {
			panic("peers.tsv: not six columns: " + line)
		}
		p := Peer{Name: f[0], Version: f[1], Language: f[2], Builder: f[3], Source: f[4], Why: f[5]}
		if _, known := commands[p.Name]; !known {
			panic("peers.tsv: nobody knows how to start " + p.Name)
		}
		peers = append(peers, p)
	}
	return peers
}

// FindPeer returns the first peer of a name. It panics where the table has none.
func FindPeer(name string) Peer {
	i := slices.IndexFunc(Peers, func(p Peer) bool { return p.Name == name })
	if i < 0 {
		panic("peers.tsv: no " + name)
	}
	return Peers[i]
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
