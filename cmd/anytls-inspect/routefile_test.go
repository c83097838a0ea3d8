package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"anytls-inspect/capture/ca"
	"anytls-inspect/protocol/session"
)

// routesOf reads the routes of a text, in a folder of its own.
func routesOf(t *testing.T, text string) ([]routeConfig, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("routes.toml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readRoutes("routes.toml")
}

// TestReadRoutes: each key is what its flag would be, and what is left out is as without
// the flag.
func TestReadRoutes(t *testing.T) {
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	roots := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(roots, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	given, cert, key := clientCertificate(t)
	routes, err := routesOf(t, `
# Comments, and "keys" in quotes.
[[route]]
name = "eu"
listen = "127.0.0.1:9443"
"server" = "anytls://secret@eu.example/?sni=uri.example"
ca = '`+roots+`'
client_cert = '`+cert+`'
client_key = '`+key+`'

[[route]]
server = "anytls://us.example:8443/?sni=uri.example"
listen = ":0"
sni = "key.example"
insecure = true

[[route]]
server = "2001:db8::1"
listen = "9444"
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(routes) != 3 || routes[0].server.roots == nil {
		t.Fatalf("routes: %+v", routes)
	}
	if got := routes[0].server.certificate; got == nil || !bytes.Equal(got.Certificate[0], given.Certificate[0]) {
		t.Errorf("the client's certificate: %+v", got)
	}
	routes[0].server.roots, routes[0].server.certificate = nil, nil
	for i, want := range []routeConfig{
		{
			name: "eu", listen: "127.0.0.1:9443", from: "in routes.toml:5", inFile: true,
			server: server{address: "eu.example:443", password: "secret", sni: "uri.example"},
		},
		{listen: ":0", from: "in routes.toml:13", inFile: true, server: server{address: "us.example:8443", sni: "key.example", insecure: true}},
		{listen: "127.0.0.1:9444", from: "in routes.toml:19", inFile: true, server: server{address: "[2001:db8::1]:443"}},
	} {
		holds(t, "the route", routes[i], want)
	}

	routes, err = routesOf(t, `[[route]]`+"\n"+`server = "example.com"`)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the least that can be said", routes, []routeConfig{{
		listen: defaultListen, from: "in routes.toml:1", inFile: true, server: server{address: "example.com:443"},
	}})
}

// TestRouteFileErrors: each names the file, the line and the key.
func TestRouteFileErrors(t *testing.T) {
	const second = "[[route]]\nname = \"eu\"\nlisten = \"127.0.0.1:1\"\nserver = \"eu.example:443\"\n\n[[route]]\n"
	for _, tc := range []struct {
		text, want string
		mistake    bool // a usage error
	}{
		{"", "routes.toml: it has no [[route]]", true},
		{"x = 1", "routes.toml:1: x: there is no such key", true},
		{second + "servre = \"x\"", "routes.toml:7: servre: there is no such key", true},
		{second + "server = \"us.example:1\"\n[route.more]\nx = 1", "routes.toml:8: more: there is no such key", true},
		{"\"\\u001b[2J\" = 1", `routes.toml:1: \x1b[2J: there is no such key`, true},
		{"route = 3", "routes.toml:1: route: toml: cannot decode TOML integer", true},
		{"[[route]]\n\ninsecure = \"yes\"", "routes.toml:3: insecure: toml: cannot decode TOML string", true},
		{"[[route]]\nserver = ", "routes.toml:2: toml: ", true},
		{second, "routes.toml:6: server: which server? give host[:port]", true},
		{second + "server = \"no where\"", "routes.toml:7: server: server \"no where\" is not host:port", true},
		{second + "server = \"anytls://secret@x/?insecure=maybe\"", "routes.toml:7: server: server URI has insecure=\"maybe\"", true},
		{second + "\nserver = \"us.example:1\"\nlisten = \"x\"", "routes.toml:9: listen: \"x\" is not host:port", true},
		{second + "server = \"us.example:1\"\nlisten = \"x:http\"", "routes.toml:8: listen: \"x:http\": the port \"http\" is not a number", true},
		{
			second + "server = \"us.example:1\"\nlisten = \"127.0.0.1:1\"",
			"routes.toml:8: listen: the route of line 3 listens on 127.0.0.1:1, too", true,
		},
		{"[[route]]\nserver = \"a:1\"\n[[route]]\nserver = \"b:1\"", "routes.toml:3: listen: the route of line 1 listens on 127.0.0.1:9443, the default, too", true},
		{second + "server = \"us.example:1\"\nname = \"eu\"", "routes.toml:8: name: the route of line 2 is called \"eu\" too", true},
		{"[[route]]\nname = \"\\u001b[2J\"", `routes.toml:2: name: "\x1b[2J" is no printable text`, true},
		{"[[route]]\nname = \"" + strings.Repeat("x", maxName+1) + "\"", "routes.toml:2: name: ", true},
		{"[[route]]\nServer = \"a:1\"", "routes.toml:2: Server: there is no such key", true},
		{"[[route]]\nserver = \"a:1\"\nlisten = \"\\u001b[2J:1\"", "routes.toml:3: listen: it is not printable", true},
		{"[[route]]\nserver = \"a\\u202e:1\"", `routes.toml:2: server: server "a\\u202e:1" is not host:port`, true},
		{"\ufeff[[route]]\nserver = \"a:1\"\nca = \"\\u001b]0;x\\u0007\"", `routes.toml:3: ca: open \x1b]0;x\a: `, false},
		{"[route]\nserver = \"a:1\"\ncert = \"x\"", "routes.toml:3: cert: cert and key go together", true},
		{"[[route]]\nserver = \"a:1\"\nkey = \"x\"", "routes.toml:3: key: cert and key go together", true},
		{"route = [{server = \"a:1\", key = \"x\"}]", "routes.toml: key: cert and key go together", true},
		{"[[route]]\nserver = \"a:1\"\nclient_cert = \"x\"", "routes.toml:3: client_cert: client_cert and client_key go together", true},
		{"[[route]]\nserver = \"a:1\"\nclient_key = \"x\"", "routes.toml:3: client_key: client_cert and client_key go together", true},
		{"[[route]]\nserver = \"a:1\"\nclient_cert = \"no.pem\"\nclient_key = \"no.pem\"", "routes.toml:3: client_cert: open no.pem: ", false},
		{"[[route]]\nserver = \"anytls://p/w@x\"", "routes.toml:2: server: server URI has an @ behind its host", true},
		{"[[route]]\nserver = \"pw@x:1\"", "routes.toml:2: server: the server has an @", true},
		{"[[route]]\nserver = \"anytls://pw@x?pbk=k\"", "routes.toml:2: server: server URI asks for REALITY", true},
		{"[[route]]\nserver = \"a:1\"\nca = \"no.pem\"", "routes.toml:3: ca: open no.pem: ", false},
		{"[[route]]\nserver = \"a:1\"\nca = \"routes.toml\"", "routes.toml:3: ca: routes.toml holds no PEM certificate", false},
		{"[[route]]\nserver = \"a:1\"\ncert = \"no.pem\"\nkey = \"no.pem\"", "routes.toml:3: cert: open no.pem: ", false},
	} {
		_, err := routesOf(t, tc.text)
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) || strings.Contains(err.Error(), "main.") {
			t.Errorf("%s\n%v; want %q", tc.text, err, tc.want)
		}
		if mistake := new(*usageError); errors.As(err, mistake) != tc.mistake {
			t.Errorf("%s\n%v is a usage error: %t", tc.text, err, !tc.mistake)
		}
	}
}

// TestRoutePasswords: the flag's is for all, and each route has that of its URI, too; one
// that has neither has that of the environment.
func TestRoutePasswords(t *testing.T) {
	pairs := []string{"-l", ":1", "-s", "anytls://first@a.example", "-l", ":2", "-s", "anytls://second@b.example", "-l", ":3", "-s", "c.example:443"}
	file := filepath.Join(t.TempDir(), "routes.toml")
	text := "[[route]]\nlisten = \":1\"\nserver = \"anytls://first@a.example\"\n[[route]]\nlisten = \":2\"\nserver = \"anytls://second@b.example\"\n" +
		"[[route]]\nlisten = \":3\"\nserver = \"c.example:443\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range [][]string{pairs, {"--route", file}} {
		for _, tc := range []struct {
			environment, flag string
			want              [3][]string
		}{
			{"", "", [3][]string{{"first"}, {"second"}, nil}},
			{"third", "", [3][]string{{"first"}, {"second"}, {"third"}}},
			{"third", "all", [3][]string{{"all", "first"}, {"all", "second"}, {"all"}}},
		} {
			environment(t, tc.environment, "")
			cfg, err := relayConfigOf(t, false, append(line, "-p", tc.flag)...)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range tc.want {
				var all []session.Credential
				for _, password := range want {
					all = append(all, credentialsOf(password)...)
				}
				holds(t, "the credentials", cfg.routes[i].credentials, all)
			}
		}
	}
}

// TestPairs: what other flags say of the server's side is for all pairs.
func TestPairs(t *testing.T) {
	environment(t, "", "")
	cfg, err := relayConfigOf(t, false, "-l", ":1", "-s", "a.example:1", "-s", "anytls://b.example/?sni=uri.example", "-l", ":2", "-k", "--sni", "flag.example")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the routes", cfg.routes, []routeConfig{
		{listen: ":1", from: "with -l", server: server{address: "a.example:1", sni: "flag.example", insecure: true}},
		{listen: ":2", from: "with -l", server: server{address: "b.example:443", sni: "flag.example", insecure: true}},
	})
}

// FuzzRoutes: no text makes the reading of a file panic, and each route of one that is
// well-formed has a line or stands in an array of inline tables.
func FuzzRoutes(f *testing.F) {
	f.Add("[[route]]\nserver = \"a:1\"\n\"listen\" = ':0'\n[[route]]\nname = \"\"\"x\ny\"\"\"")
	f.Add("route = [{server = \"a:1\"}, {}]")
	f.Add("[route]\nserver = 'a:1'\n[[x.y]]")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := parseRoutes("routes.toml", []byte(text))
		if err != nil {
			return
		}
		if len(file.lines) != 0 && len(file.lines) != len(file.Routes) {
			t.Errorf("%d routes, lines of %d", len(file.Routes), len(file.lines))
		}
		var routes []routeConfig
		for i := range file.Routes {
			r, _ := file.route(i, routes)
			routes = append(routes, r)
		}
	})
}

// TestRoutesDocument: the document has a row for each key, and its example is well-formed.
func TestRoutesDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/routes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```toml\n")
	example, _, _ := strings.Cut(rest, "```")
	file, err := parseRoutes("example", []byte(example))
	if !found || err != nil || len(file.Routes) != 2 {
		t.Fatalf("the example: %v, %+v", err, file)
	}
	var routes []routeConfig
	for i := range file.Routes {
		r, err := file.route(i, routes)
		if err != nil {
			t.Errorf("the example: %v", err)
		}
		routes = append(routes, r)
	}
	for key := range reflect.TypeFor[routeTable]().Fields() {
		name := key.Tag.Get("toml")
		if !strings.Contains(string(text), "\n| `"+name+"`") && !strings.Contains(string(text), ", `"+name+"` |") {
			t.Errorf("the table of keys lacks %s", name)
		}
	}
}
