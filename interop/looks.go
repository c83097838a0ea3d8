package interop

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Guesses are what the relay guessed of the peers of all pairs. It is safe for concurrent use.
type Guesses struct {
	mu     sync.Mutex
	worked map[Peer]int // pairs that worked, by their server
	right  map[Peer]int // pairs whose server was guessed right
}

// Add takes the guesses of a pair, and says which are not of it. A client whose Settings were
// seen has a name, so that a guess of it would say that it lies.
func (g *Guesses) Add(p Pair, looks map[string][][]string, traffic Traffic) (problems []string) {
	for peer, is := range map[string]Peer{"client": p.Client, "server": p.Server} {
		for _, names := range looks[peer] {
			if !slices.ContainsFunc(names, is.isCalled) {
				problems = append(problems, fmt.Sprintf("the %s, which is %v, looks like %q", peer, is, names))
			}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.worked == nil {
		g.worked, g.right = make(map[Peer]int), make(map[Peer]int)
	}
	if traffic.Works() {
		g.worked[p.Server]++
	}
	if len(problems) == 0 && len(looks["server"]) > 0 {
		g.right[p.Server]++
	}
	return problems
}

// Missed says which servers were not guessed in any of the pairs that they worked in, if these
// were several: what one session shows depends on how its bytes came.
func (g *Guesses) Missed() (problems []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	const several = 3
	for _, server := range Peers {
		if n := g.worked[server]; n >= several && g.right[server] == 0 {
			problems = append(problems, fmt.Sprintf("the server %v looks like nothing in %d pairs that work", server, n))
		}
	}
	return problems
}

// isCalled tells whether a guess means the peer by a name: that of all its versions, or with the
// beginning of one, such as "anytls 0.3".
func (p Peer) isCalled(name string) bool {
	name, version, _ := strings.Cut(name, " ")
	return name == p.Name && strings.HasPrefix(p.Version, version)
}
