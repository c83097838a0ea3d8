package interop

import (
	"fmt"
	"slices"
	"strings"
)

// Misguessed says which guesses of a relay are not of the pair. A client whose Settings were
// seen has a name, so that a guess of it says that it lies.
func (p Pair) Misguessed(looks map[string][][]string) (problems []string) {
	for peer, is := range map[string]Peer{"client": p.Client, "server": p.Server} {
		for _, names := range looks[peer] {
			if !slices.ContainsFunc(names, is.isCalled) {
				problems = append(problems, fmt.Sprintf("the %s, which is %v, looks like %q", peer, is, names))
			}
		}
	}
	return problems
}

// isCalled tells whether a guess means the peer by a name: that of all its versions, or with the
// beginning of one, such as "anytls 0.3".
func (p Peer) isCalled(name string) bool {
	name, version, _ := strings.Cut(name, " ")
	return name == p.Name && strings.HasPrefix(strings.TrimPrefix(p.Version, "v"), version)
}
