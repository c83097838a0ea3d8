package interop

import (
	"fmt"
	"slices"
	"strings"
)

// Misguessed says which guesses of a relay are not of the pair: what it says of the server must
// be of that, and where the pair works, its traffic is enough to say something. A client sends
// its name, so that a guess of it would say that it lies.
func (p Pair) Misguessed(looks map[string][][]string, traffic Traffic) (problems []string) {
	for _, names := range looks["client"] {
		problems = append(problems, fmt.Sprintf("the client, which is %v and says so, looks like %q", p.Client, names))
	}
	for _, names := range looks["server"] {
		if !slices.ContainsFunc(names, p.Server.isCalled) {
			problems = append(problems, fmt.Sprintf("the server, which is %v, looks like %q", p.Server, names))
		}
	}
	if traffic.Works() && len(looks["server"]) == 0 {
		problems = append(problems, fmt.Sprintf("the server, which is %v, looks like nothing", p.Server))
	}
	return problems
}

// isCalled tells whether a guess means the peer by a name: that of all its versions, or with the
// beginning of one, such as "anytls 0.3".
func (p Peer) isCalled(name string) bool {
	name, version, _ := strings.Cut(name, " ")
	return name == p.Name && strings.HasPrefix(p.Version, version)
}
