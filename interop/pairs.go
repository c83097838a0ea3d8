package interop

import (
	"errors"
	"fmt"
	"slices"
)

// A Pair is a server and a client that talk to each other.
type Pair struct{ Server, Client Peer }

// String returns the name of the pair, for messages and for the names of tests.
func (p Pair) String() string { return fmt.Sprintf("%v server, %v client", p.Server, p.Client) }

// PairOf returns the pair of two peers of the table, by their names, or their names and versions.
func PairOf(server, client string) Pair { return Pair{FindPeer(server), FindPeer(client)} }

// browsers are the clients of the newest sing-box that greet as browsers do, by uTLS.
var browsers = []string{"sing-box-chrome", "sing-box-firefox"}

// greeted are the servers that those are tried with: one of each library of TLS.
var greeted = []string{"sing-box v1.14.1", "mihomo", "anytls-rs 0.3.0"}

// Pairs returns the pairs that are run, in the order of the table. It is each server with each client,
// but for those that show no more than others do:
//
//   - The servers and clients in Go have their session from one source, sing-anytls. Each is run with
//     itself, and with that, both ways.
//   - All servers in Go refuse the clients of anytls-rs alike. Each is run with one of its versions.
//   - The server of anytls-rs 0.3.0 is run with two of the clients in Go: sing-anytls, for which the
//     interop guide was written, and the newest sing-box.
func Pairs() []Pair {
	var pairs []Pair
	for _, server := range Peers {
		for _, client := range Peers {
			if p := (Pair{server, client}); !p.showsNoMore() {
				pairs = append(pairs, p)
			}
		}
		if server.isOne(greeted) {
			for _, browser := range browsers {
				pairs = append(pairs, Pair{server, FindPeer("sing-box v1.14.1").As(browser)})
			}
		}
	}
	return pairs
}

// showsNoMore tells whether a pair is left out.
func (p Pair) showsNoMore() bool {
	const reference = "sing-anytls"
	switch {
	case p.Server.Language == goLang && p.Client.Language == goLang:
		return p.Server != p.Client && p.Server.Name != reference && p.Client.Name != reference
	case p.Server.Language == goLang && p.Client.Name == "anytls-rs":
		older := []string{reference, "sing-box v1.14.1"} // are run with it, the others with the newer one
		return p.Server.isOne(older) != (p.Client == FindPeer("anytls-rs 0.3.0"))
	case p.Server == FindPeer("anytls-rs 0.3.0"):
		return p.Client.isOne([]string{"sing-box v1.13.5", "mihomo"})
	}
	return false
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

// inFull are the pairs of which the guide's code runs all parts, not only those of the matrix: one of
// each kind that the command, which TestGuide runs, is not run on.
var inFull = []Pair{
	PairOf("sing-box v1.13.5", "anytls"), // the guide's scenario 2
	{FindPeer("sing-box v1.14.1"), FindPeer("sing-box v1.14.1").As("sing-box-chrome")},
	PairOf("mihomo", "mihomo"),
	PairOf("anytls-rs 0.5.4", "anytls-rs 0.5.4"),
	PairOf("anytls", "anytls"),
}

// long are the pairs of a long run: those of the guide's first two scenarios, of which the second fails
// with the guide's own implementation, and is run with the other one in Rust, too.
var long = []Pair{
	PairOf("anytls-rs 0.3.0", "sing-anytls"),
	PairOf("sing-anytls", "anytls-rs 0.3.0"),
	PairOf("sing-anytls", "anytls"),
}

// ofMatrix returns the pairs that are not run in full.
func ofMatrix() []Pair {
	return slices.DeleteFunc(Pairs(), func(p Pair) bool {
		return slices.Contains(inFull, p) || slices.ContainsFunc(guideRuns, func(r guideRun) bool { return slices.Contains(r.all(), p) })
	})
}
