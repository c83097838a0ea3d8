package interop

import (
	"errors"
	"fmt"

	"anytls-inspect/capture/report"
)

// A Pair is a server and a client that talk to each other.
type Pair struct{ Server, Client Peer }

// String returns the name of the pair, for messages and for the names of tests.
func (p Pair) String() string { return fmt.Sprintf("%v server, %v client", p.Server, p.Client) }

// Pairs returns each server with each client.
func Pairs() []Pair {
	var pairs []Pair
	for _, server := range Peers {
		for _, client := range Peers {
			pairs = append(pairs, Pair{server, client})
		}
	}
	return pairs
}

// Had returns the reason why the pair can't be run, or nil.
func (p Pair) Had() error {
	_, server := p.Server.Folder()
	_, client := p.Client.Folder()
	if p.Server == p.Client {
		return server
	}
	return errors.Join(server, client)
}

// Kind returns the scenario of the guide that the pair belongs to.
func (p Pair) Kind() report.Kind {
	switch {
	case p.Server.Language == rustLang && p.Client.Language == goLang:
		return report.RustServerGoClient
	case p.Server.Language == goLang && p.Client.Language == rustLang:
		return report.GoServerRustClient
	default:
		return report.Pair
	}
}
