package interop

import (
	"context"
	"fmt"
	"io"
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

// refused sends a request to an address where nobody listens, and waits for what comes of it:
// the text of the server's refusal has its library's words.
func (p Proxy) refused(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	conn, err := p.dial(ctx, "tcp", addr)
	if err != nil {
		return nil // the client has the refusal, and says so
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "?"); err != nil {
		return nil
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if n, _ := io.Copy(io.Discard, conn); n > 0 {
		return fmt.Errorf("%d bytes came from where nobody listens", n)
	}
	return nil
}
