package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol/session"
)

// A routeEvent is what the test below reads of an event.
type routeEvent struct {
	Event, Route, Address, Password, Toward, Server string
	Session                                         int
	RTT                                             float64 `json:"rtt_ms"`
}

// TestRoutesProcess runs a relay of two routes as a user does. A client of each reaches
// its own server, events and report say which route that was, and each session is judged
// by its own route's password.
func TestRoutesProcess(t *testing.T) {
	dir := t.TempDir()
	serverCA, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	passwords := map[string]string{"eu": "password of eu", "us": "password of us"}
	servers := map[string]string{
		"eu": serveEcho(t, serverCA, passwords["eu"]),
		"us": serveEcho(t, serverCA, passwords["us"]),
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("roots.pem", string(serverCA.PEM()))
	file := write("routes.toml", fmt.Sprintf(`
		[[route]]
		name = "eu"
		listen = "127.0.0.1:0"
		server = "anytls://password%%20of%%20eu@%s"
		sni = "localhost"
		ca = "roots.pem" # beside this file

		[[route]]
		name = "us"
		listen = "127.0.0.1:0"
		server = "anytls://password%%20of%%20us@%s"
		insecure = true
	`, servers["eu"], servers["us"]))
	report, recording, keyLog := filepath.Join(dir, "report.md"), filepath.Join(dir, "rec.pcapng"), filepath.Join(dir, "keys.log")
	cmd := command(t, build(t), "relay", "--route", file, "--heartbeat", "5ms", "-o", "json", "--report", report, "-w", recording, "--keylog", keyLog)
	config := t.TempDir()
	cmd.Env = append(cmd.Env, "XDG_CONFIG_HOME="+config)
	first, lines, stderr := listening(t, cmd)
	var all strings.Builder
	all.Write(lines.Bytes())
	next := func() (e routeEvent) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the output ended early; standard error: %s", stderr)
		}
		all.WriteString("\n" + lines.Text())
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	second := next()
	if second.Event != "listen" || second.Route != "us" {
		t.Fatalf("the second event is %+v", second)
	}
	authority, err := ca.Open(filepath.Join(config, "anytls-inspect"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// The sessions begin in this order, of which each route knows a part.
	for i, c := range []struct{ route, address string }{{"us", second.Address}, {"eu", first}, {"us", second.Address}} {
		client, err := peer.Dial(ctx, peer.ClientConfig{
			Address: c.address, Password: passwords[c.route], Name: "test/1",
			TLS: &tls.Config{RootCAs: authority.Pool(), ServerName: "localhost"},
		})
		if err != nil {
			t.Fatalf("%v; standard error: %s", err, stderr)
		}
		defer func() { _ = client.Close() }()
		if err := client.Greet(ctx); err != nil {
			t.Fatal(err)
		}
		// Wait for the answer to a heartbeat in this session: its server is alive.
		for e := next(); e.Event != "heartbeat" || e.Session != i+1; e = next() {
			if want := c.route; e.Session == i+1 && e.Route != want {
				t.Errorf("session %d came by %q, want %q: %s", i+1, e.Route, want, lines.Text())
			}
		}
	}
	terminate(t, cmd, lines, &all, stderr)
	checkRouteEvents(t, all.String()+"\n", servers)
	keys, err := os.ReadFile(keyLog)
	if err != nil {
		t.Fatal(err)
	}
	if n, want := strings.Count(string(keys), "CLIENT_TRAFFIC_SECRET_0 "), 3*2; n != want {
		t.Errorf("the key log has the secrets of %d legs, want %d: both of each session, by whatever route", n, want)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		fmt.Sprintf("| eu | %s | %s | 1 |", first, servers["eu"]),
		fmt.Sprintf("| us | %s | %s | 2 |", second.Address, servers["us"]),
	} {
		if !strings.Contains(string(text), row) {
			t.Errorf("the report lacks the row %q:\n%s", row, text)
		}
	}
	for _, password := range passwords {
		if strings.Contains(all.String()+stderr.String()+string(text), password) {
			t.Errorf("%q was printed", password)
		}
	}
	// The sessions of both routes are in the one recording.
	out, err := command(t, cmd.Path, "replay", recording, "--leg", "client", "-o", "json").Output()
	if err != nil || strings.Count(string(out), `"event":"session-close"`) != 3 || strings.Contains(string(out), `"route"`) {
		t.Errorf("the recording, replayed: %v\n%s", err, out)
	}
}

// checkRouteEvents checks the events of TestRoutesProcess: each of a session has its
// route, and each session its own server, whose password it knows.
func checkRouteEvents(t *testing.T, text string, servers map[string]string) {
	t.Helper()
	if _, err := checkEvents(text); err != nil {
		t.Error(err)
	}
	routes := map[int]string{1: "us", 2: "eu", 3: "us"}
	matches := 0
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		var e routeEvent
		if err := json.Unmarshal(s.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.Session > 0 && e.Route != routes[e.Session] {
			t.Errorf("session %d came by %q, want %q: %s", e.Session, e.Route, routes[e.Session], s.Text())
		}
		switch e.Event {
		case "session-open":
			if e.Server != servers[e.Route] {
				t.Errorf("session %d goes to %s, want %s", e.Session, e.Server, servers[e.Route])
			}
		case "auth":
			if e.Password != "match" {
				t.Errorf("session %d: the password is a %s", e.Session, e.Password)
			}
			matches++
		}
	}
	if matches != len(routes) {
		t.Errorf("%d sessions authenticated, want %d", matches, len(routes))
	}
}

// TestOpenRoutes: where one address can't be had, none stays open, and the error says
// which and where it was chosen.
func TestOpenRoutes(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = occupied.Close() }()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	_, err = openRoutes([]routeConfig{
		{listen: address, from: "with -l"},
		{name: "us", listen: occupied.Addr().String(), from: "in routes.toml:7"},
	})
	if err == nil || !strings.HasPrefix(err.Error(), "route us: ") || !strings.HasSuffix(err.Error(), "choose another address in routes.toml:7") {
		t.Errorf("the error is %v", err)
	}
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("the other listener is open: %v", err)
	}
	_ = again.Close()

	// Two names that are one.
	_, err = openRoutes([]routeConfig{{listen: address}, {name: address, listen: "127.0.0.1:0"}})
	if err == nil || !strings.Contains(err.Error(), "two routes are called "+address) {
		t.Errorf("the error is %v", err)
	}

	// A server that is a route's own address.
	_, err = openRoutes([]routeConfig{
		{name: "eu", listen: "127.0.0.1:0", server: server{address: address}}, {name: "us", listen: address},
	})
	if err == nil || err.Error() != "route eu: its server "+address+" is where the relay itself listens" {
		t.Errorf("the error is %v", err)
	}
}

// TestRouteNames: one route has none; of several, each has its own, or its address.
func TestRouteNames(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	one := routeConfig{name: "eu", listen: "127.0.0.1:0", server: server{address: "eu.example:443"}}
	routes, err := openRoutes([]routeConfig{one})
	if err != nil {
		t.Fatal(err)
	}
	defer closeRoutes(routes)
	if want := "relay " + routes[0].listener.Addr().String() + " → eu.example:443"; routes[0].Name != "" || titleOf(routes) != want {
		t.Errorf("one route is called %q, the title is %q", routes[0].Name, titleOf(routes))
	}
	both, err := openRoutes([]routeConfig{one, {listen: "127.0.0.1:0", server: server{address: "us.example:443"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer closeRoutes(both)
	first, second := both[0].listener.Addr().String(), both[1].listener.Addr().String()
	if both[0].Name != "eu" || both[1].Name != second {
		t.Errorf("the routes are called %q and %q", both[0].Name, both[1].Name)
	}
	if got, want := titleOf(both), "relay 2 routes: eu: "+first+" → eu.example:443, "+second+" → us.example:443"; got != want {
		t.Errorf("the title is %q, want %q", got, want)
	}
}

// TestRouteThatEnds: where one listener is lost, the run ends, with an error that names
// the route.
func TestRouteThatEnds(t *testing.T) {
	j, registry := journal.New(journal.Limits{Entries: 100, Bytes: 100}, session.Config{}), capture.NewRegistry()
	var routes []liveRoute
	var relays []*relay.Relay
	for _, name := range []string{"eu", "us"} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		r := liveRoute{Config: relay.Config{Route: capture.Route{Name: name}, Registry: registry}, listener: ln}
		routes, relays = append(routes, r), append(relays, relay.New(r.Config, j))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_ = routes[1].listener.Close()
	err := serve(ctx, cancel, relays, routes, nil)
	if !errors.Is(err, net.ErrClosed) || !strings.HasPrefix(err.Error(), "route us: ") {
		t.Errorf("the run ends with %v", err)
	}
	if _, err := routes[0].listener.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the other listener: %v", err)
	}
}
