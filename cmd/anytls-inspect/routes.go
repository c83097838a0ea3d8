package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol/session"
)

// A routeConfig is a route as the flags or a file say it.
type routeConfig struct {
	name        string // as the file says; empty: it has none
	listen      string
	server      server               // with what its flags or its keys add
	credentials []session.Credential // that clients should send one of; none: they are not known
	certificate *tls.Certificate     // what clients are shown; nil: leaves of our own CA
	from        string               // what says where it listens: "with -l", "in routes.toml:2"
	inFile      bool                 // a file says it, and not flags
}

// pair makes routes of the addresses and the servers that flags give, in their order. The
// one address of one server may be left out.
func pair(listens, servers []string) ([]routeConfig, error) {
	if len(servers) == 0 {
		return nil, errors.New("which server? give -s host[:port]")
	}
	if len(listens) == 0 && len(servers) == 1 {
		listens = []string{defaultListen}
	}
	if len(listens) != len(servers) {
		return nil, fmt.Errorf("each of several servers (-s) needs an address to listen on (-l), in the same order: there are %d of -l and %d of -s", len(listens), len(servers))
	}
	routes := make([]routeConfig, len(servers))
	for i, text := range servers {
		srv, err := parseServer(text)
		if err != nil {
			return nil, err
		}
		routes[i] = routeConfig{listen: listenAddress(listens[i]), server: srv, from: "with -l"}
		if err := checkListen(routes[i].listen); err != nil {
			return nil, fmt.Errorf("-l: %w", err)
		}
		if j := sameListen(routes[:i], routes[i].listen); j >= 0 {
			return nil, fmt.Errorf("-l %s is given twice", listens[i])
		}
	}
	return routes, nil
}

// sameListen returns the index of the route that listens on an address, -1 where there
// is none. Any number of routes may let the system pick the port.
func sameListen(routes []routeConfig, listen string) int {
	if strings.HasSuffix(listen, ":0") {
		return -1
	}
	for i := range routes {
		if routes[i].listen == listen {
			return i
		}
	}
	return -1
}

// A liveRoute is a route whose listener is open.
type liveRoute struct {
	relay.Config // what concerns the route; its name is empty where there is only one
	listener     net.Listener
	credentials  []session.Credential // that clients should send one of; none: they are not known
}

// serversOf returns the routes' servers.
func serversOf(routes []liveRoute) []string {
	list := make([]string, len(routes))
	for i := range routes {
		list[i] = routes[i].Server
	}
	return list
}

// openRoutes opens the listeners of all routes, or of none.
func openRoutes(configs []routeConfig) (routes []liveRoute, err error) {
	if n := len(configs); n > capture.MaxRoutes {
		return nil, fmt.Errorf("%d routes are too many: at most %d", n, capture.MaxRoutes)
	}
	certificates, err := certificatesOf(configs)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeRoutes(routes)
		}
	}()
	for i := range configs {
		c := &configs[i]
		ln, err := net.Listen("tcp", c.listen)
		if err != nil {
			err = fmt.Errorf("%w; choose another address %s", err, c.from)
			if len(configs) > 1 {
				err = fmt.Errorf("route %s: %w", cmp.Or(c.name, c.listen), err)
			}
			return routes, err
		}
		route := capture.Route{
			Listen: c.listen, Server: c.server.address, SNI: c.server.sni, Insecure: c.server.insecure,
		}
		if len(configs) > 1 {
			route.Name = cmp.Or(c.name, ln.Addr().String())
		}
		routes = append(routes, liveRoute{
			Config: relay.Config{
				Route: route, Roots: c.server.roots, Certificate: certificates[i],
				ClientCertificate: c.server.certificate, FromFile: c.inFile,
			},
			listener: ln, credentials: c.credentials,
		})
	}
	return routes, errors.Join(checkNames(routes), checkServers(routes))
}

// checkNames tells where a name that a file gives is the address of another route.
func checkNames(routes []liveRoute) error {
	seen := make(map[string]bool)
	for i := range routes {
		if name := routes[i].Name; name != "" && seen[name] {
			return fmt.Errorf("two routes are called %s: one by its name, one by its address", name)
		}
		seen[routes[i].Name] = true
	}
	return nil
}

// checkServers tells where the server of a route is where a route listens: a session of
// it would go round in the relay. The relay finds out by itself where an address only
// turns out to be its own.
func checkServers(routes []liveRoute) error {
	for i := range routes {
		for j := range routes {
			if at := routes[j].listener.Addr().String(); routes[i].Server == at {
				return fmt.Errorf("%sits server %s is where the relay itself listens", routes[i].prefix(), at)
			}
		}
	}
	return nil
}

// closeRoutes closes the listeners.
func closeRoutes(routes []liveRoute) {
	for i := range routes {
		_ = routes[i].listener.Close()
	}
}

// certificateSource returns what a client is shown.
type certificateSource func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// certificatesOf returns what the clients of each route are shown: the given certificate,
// or leaves of our own CA, which is made on first use.
func certificatesOf(routes []routeConfig) ([]certificateSource, error) {
	var authority *ca.Authority
	sources := make([]certificateSource, len(routes))
	for i := range routes {
		if given := routes[i].certificate; given != nil {
			sources[i] = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return given, nil }
			continue
		}
		if authority == nil {
			var err error
			if authority, err = openAuthority(); err != nil {
				return nil, err
			}
		}
		sources[i] = authority.Certificate
	}
	return sources, nil
}

// titleOf says on the screen what a relay does: where it listens, and its server; of
// several routes, how many there are and each one's.
func titleOf(routes []liveRoute) string {
	if len(routes) == 1 {
		return fmt.Sprintf("relay %s → %s", routes[0].listener.Addr(), routes[0].Server)
	}
	each := make([]string, len(routes))
	for i := range routes {
		each[i] = routes[i].describe()
	}
	return fmt.Sprintf("relay %d routes: %s", len(routes), strings.Join(each, ", "))
}

// prefix is what begins a text about the route, where it has a name.
func (r *liveRoute) prefix() string {
	if r.Name == "" {
		return ""
	}
	return "route " + r.Name + ": "
}

// describe returns the name, the address and the server of a route.
func (r *liveRoute) describe() string {
	text := r.listener.Addr().String() + " → " + r.Server
	if r.Name != r.listener.Addr().String() {
		text = r.Name + ": " + text
	}
	return text
}
