package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/guide/known"
	"anytls-inspect/protocol"
)

// A locator finds the program of an implementation as one end: at a path, or on PATH where that is
// empty.
type locator func(ctx context.Context, i *known.Implementation, end protocol.Peer, path string) (known.Program, error)

func locateProgram(ctx context.Context, i *known.Implementation, end protocol.Peer, path string) (known.Program, error) {
	return i.Locate(ctx, end, path)
}

// table returns the implementations that are known by name, with those of --peers. A mistake in
// that file is a usage error, as in the flags that it stands for.
func (g *guideFlags) table() (*known.Table, error) {
	table := known.Builtin()
	if g.peers == "" {
		return table, nil
	}
	text, err := readBounded(g.peers, known.MaxFile)
	if err != nil {
		return nil, fmt.Errorf("--peers: %w", err)
	}
	if err := table.Add(g.peers, text); err != nil {
		return nil, usage(err)
	}
	return table, nil
}

// A namedEnd is an end that is given by the name of an implementation.
type namedEnd struct {
	of   *known.Implementation
	path string // where its program is; empty: on PATH
}

// namedEnds are the ends as --server and --client give them.
type namedEnds struct {
	address          string // of the server that runs already; empty: none does
	servers, clients []namedEnd
}

// named returns the ends that --server and --client give. One that a script leaves empty is as if it
// were not given.
func (g *guideFlags) named() (n namedEnds, err error) {
	servers, clients := notEmpty(g.servers), notEmpty(g.clients)
	if len(servers) == 0 && len(clients) == 0 {
		return n, nil
	}
	table, err := g.table()
	if err != nil {
		return n, err
	}
	for _, text := range servers {
		switch {
		case !isServerAddress(table, text):
			end, err := parseNamed(table, protocol.Server, text)
			if err != nil {
				return n, usage(err)
			}
			n.servers = append(n.servers, end)
		case len(servers) > 1:
			return n, usage(errors.New("one of several -s is the address of a server that runs already: give that alone, or names, which 'guide --list' lists"))
		default:
			n.address = text
		}
	}
	for _, text := range clients {
		end, err := parseNamed(table, protocol.Client, text)
		if err != nil {
			return n, usage(err)
		}
		n.clients = append(n.clients, end)
	}
	return n, errors.Join(checkTwice(protocol.Server, n.servers), checkTwice(protocol.Client, n.clients))
}

// notEmpty returns the values of a flag that are not empty.
func notEmpty(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(text string) bool { return text == "" })
}

// isServerAddress tells whether a value of --server is the address of a server that runs already,
// and no NAME or NAME=PATH.
func isServerAddress(table *known.Table, text string) bool {
	if strings.Contains(text, "://") {
		return true
	}
	if _, err := table.Find(text); err == nil || strings.Contains(text, "=") || isPath(text) {
		return false
	}
	_, err := netip.ParseAddr(text)
	return err == nil || strings.ContainsAny(text, ":@.") || strings.EqualFold(text, "localhost")
}

// isPath tells whether a text is the path of a file, and not its name alone.
func isPath(text string) bool {
	return strings.ContainsRune(text, '/') || strings.ContainsRune(text, os.PathSeparator)
}

// parseNamed parses NAME or NAME=PATH. A text with an @ may be a server's URI that was spoilt, with
// the password: of that nothing is in the error.
func parseNamed(table *known.Table, end protocol.Peer, text string) (namedEnd, error) {
	flag := "--" + end.String()
	name, path, found := strings.Cut(text, "=")
	of, err := table.Find(name)
	names := strings.Join(table.Names(), ", ")
	switch {
	case err != nil && isPath(name):
		return namedEnd{}, fmt.Errorf("%s%s is a path: say of which implementation that program is, %s NAME=PATH; there are %s", flag, quoted(text), flag, names)
	case err != nil && end == protocol.Client && strings.Contains(name, ":"):
		return namedEnd{}, fmt.Errorf("%s%s is no implementation: a client that runs already is given with --socks ADDR; there are %s", flag, quoted(text), names)
	case err != nil && strings.Contains(name, ","):
		return namedEnd{}, fmt.Errorf("%s%s: several are given with a %s each", flag, quoted(text), flag)
	case err != nil && strings.Contains(text, "@"):
		return namedEnd{}, fmt.Errorf("%s: what stands there, with an @, is no implementation; there are %s%s", flag, names, orRunning(end))
	case name == "":
		return namedEnd{}, fmt.Errorf("%s%s names no implementation before the =; there are %s", flag, quoted(text), names)
	case err != nil:
		return namedEnd{}, fmt.Errorf("%s: %w%s", flag, err, orRunning(end))
	case of.Role(end) == nil:
		return namedEnd{}, fmt.Errorf("%s %s: it is not known to be a %s", flag, of.Name, end)
	case found && path == "":
		return namedEnd{}, fmt.Errorf("%s %s= names no path: give a program, or the folder that has it, or %s %s for the one on PATH", flag, of.Name, flag, of.Name)
	}
	return namedEnd{of, path}, nil
}

// orRunning is the end of a message: how an end is given that runs already.
func orRunning(end protocol.Peer) string {
	if end == protocol.Server {
		return "; a server that runs already is given as host:port"
	}
	return "; a client that runs already is given with --socks ADDR"
}

// checkTwice tells where one program is given twice as an end: the pairs would be the same.
func checkTwice(end protocol.Peer, ends []namedEnd) error {
	for i := range ends {
		if slices.Contains(ends[:i], ends[i]) {
			return usage(fmt.Errorf("--%s %s is given twice", end, ends[i]))
		}
	}
	return nil
}

// String returns the end as the user gives it.
func (e namedEnd) String() string {
	if e.path == "" {
		return e.of.Name
	}
	return e.of.Name + "=" + protocol.Printable(e.path)
}

// errEndedLooking says that a signal came before anything was run.
var errEndedLooking = errors.New("ended while programs were looked for")

// untilEnded returns a context that a signal ends, with the programs that are asked under it and all that
// they have started. Outside of it a signal ends the command, whatever it waits for.
func untilEnded(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, endSignals()...)
}

// maxLooks bounds how many programs are looked for at once: they are run to say what they are.
const maxLooks = 8

// lookAtOnce calls what looks for programs, as many at once as may be, and waits for all.
func lookAtOnce(looks []func()) {
	var looking sync.WaitGroup
	free := make(chan struct{}, maxLooks)
	for _, look := range looks {
		free <- struct{}{}
		looking.Go(func() {
			defer func() { <-free }()
			look()
		})
	}
	looking.Wait()
}

// located returns the ends that are given by name, with what starts their programs. Where there are
// several pairs, one whose program is not found says so, and the pairs with it fail; a pair that is
// the only one can't be run.
func (g *guideFlags) located(ctx context.Context, n namedEnds) (servers, clients []guide.End, err error) {
	ctx, stop := untilEnded(ctx)
	defer stop()
	servers, clients = make([]guide.End, len(n.servers)), make([]guide.End, len(n.clients))
	var looks []func()
	for i := range servers {
		looks = append(looks, func() { servers[i] = n.servers[i].end(ctx, protocol.Server, g.locate) })
	}
	for i := range clients {
		looks = append(looks, func() { clients[i] = n.clients[i].end(ctx, protocol.Client, g.locate) })
	}
	lookAtOnce(looks)
	if ctx.Err() != nil {
		return nil, nil, errEndedLooking
	}
	tellApart(n.servers, servers)
	tellApart(n.clients, clients)
	if len(servers) > 1 || len(clients) > 1 {
		return servers, clients, nil
	}
	var errs []error
	for _, end := range slices.Concat(servers, clients) {
		errs = append(errs, end.Missing)
	}
	return servers, clients, errors.Join(errs...)
}

// end returns the end, with what starts its program, or why that is not found.
func (e namedEnd) end(ctx context.Context, as protocol.Peer, locate locator) guide.End {
	program, err := locate(ctx, e.of, as, e.path)
	return guide.NamedEnd(e.of, as, program, err)
}

// missing returns why ends are not found, each once.
func (cfg *guideConfig) missing() (reasons []string) {
	for i := range cfg.pairs {
		for _, end := range [...]*guide.End{&cfg.pairs[i].Server, &cfg.pairs[i].Client} {
			if end.Missing != nil && !slices.Contains(reasons, end.Missing.Error()) {
				reasons = append(reasons, end.Missing.Error())
			}
		}
	}
	return reasons
}

// pairs returns a pair of each server with each client, the servers outermost.
func pairs(common *guide.Config, servers, clients []guide.End) (all []guide.Config) {
	for _, server := range servers {
		for _, client := range clients {
			pair := *common
			pair.Server, pair.Client = server, client
			all = append(all, pair)
		}
	}
	return all
}
