package known

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// TestBuiltin: each implementation says what lists and reports need, can be both ends, and its habits
// are phrases in both languages. That its commands and patterns are well-formed is what Add holds.
func TestBuiltin(t *testing.T) {
	table := Builtin()
	if got, want := strings.Join(table.Names(), " "), "anytls-go anytls-rs anytls sing-box mihomo"; got != want {
		t.Errorf("known are %s, want %s", got, want)
	}
	for _, i := range table.Implementations {
		if i.Author == "" || i.Source == "" || i.Language != "Go" && i.Language != "Rust" {
			t.Errorf("%s lacks an author, a source or a language", i.Name)
		}
		for _, end := range []protocol.Peer{protocol.Server, protocol.Client} {
			if i.Role(end) == nil {
				t.Fatalf("%s is no %v", i.Name, end)
			}
			if id := i.Role(end).Identity; id.isNone() || len(id.Args) == 0 && len(id.Version) == 0 {
				t.Errorf("nothing tells the %v of %s from others, or its version", end, i.Name)
			}
			of := func(h report.Habit) bool { return h.Peer == "" || h.Peer == end.String() }
			if !slices.ContainsFunc(i.Habits, of) {
				t.Errorf("nothing is known of %s as %v", i.Name, end)
			}
		}
		for _, habit := range i.Habits {
			if habit.Chinese == "" {
				t.Errorf("%s: in Chinese, what is it that %s?", i.Name, habit.English)
			}
			if first := []rune(habit.English)[0]; unicode.IsUpper(first) || strings.HasSuffix(habit.English, ".") {
				t.Errorf("%s: not a phrase with a small letter and without a full stop: %s", i.Name, habit.English)
			}
			if strings.ContainsAny(habit.English+habit.Chinese, ";；") {
				t.Errorf("%s: a semicolon, which stands between habits in a list: %s, %s", i.Name, habit.English, habit.Chinese)
			}
			if strings.HasSuffix(habit.Chinese, "。") {
				t.Errorf("%s: a full stop: %s", i.Name, habit.Chinese)
			}
		}
	}
}

// TestConfigurationsAreJSON: those of the table are, whatever placeholders stand for, and are named as
// what the programs read.
func TestConfigurationsAreJSON(t *testing.T) {
	placeholder := regexp.MustCompile(`"?\{[a-z_]+\}"?`)
	for _, i := range Builtin().Implementations {
		for _, role := range []*Role{i.Server, i.Client} {
			if text := role.Command.Config; text != "" && !json.Valid(placeholder.ReplaceAll([]byte(text), []byte("1"))) {
				t.Errorf("%s: not JSON: %s", i.Name, text)
			}
		}
	}
}

// TestSingBoxFindsNames: both ends of sing-box are told to ask the system. Else 1.14 does not find names
// that only the file of hosts has, such as localhost.
func TestSingBoxFindsNames(t *testing.T) {
	i, err := Builtin().Find("sing-box")
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []*Role{i.Server, i.Client} {
		var config struct {
			DNS struct {
				Servers []struct{ Type string }
			}
		}
		text := regexp.MustCompile(`\{[a-z_]+_port\}`).ReplaceAllString(role.Command.Config, "1")
		if err := json.Unmarshal([]byte(text), &config); err != nil {
			t.Fatal(err)
		}
		if servers := config.DNS.Servers; len(servers) != 1 || servers[0].Type != "local" {
			t.Errorf("%s: the DNS servers are %+v", role.Command.ConfigName, servers)
		}
	}
}

// TestTriedVersions: those of the table are those of the interop run's, and all that it builds from
// elsewhere are known.
func TestTriedVersions(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "interop", "peers.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	run := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(line, "\t"); !strings.HasPrefix(line, "#") && len(fields) > 4 && fields[3] != "here" {
			run[fields[0]] = append(run[fields[0]], strings.TrimPrefix(fields[1], "v"))
		}
	}
	table := Builtin()
	for name := range run {
		if _, err := table.Find(name); err != nil {
			t.Error(err)
		}
	}
	for _, i := range table.Implementations {
		if !slices.Equal(i.Tried, run[i.Name]) {
			t.Errorf("%s: tried are %v, by the table %v", i.Name, run[i.Name], i.Tried)
		}
	}
}

// TestFormat: the example at the head of the table is one, and has all keys that there are.
func TestFormat(t *testing.T) {
	var example strings.Builder
	for line := range strings.Lines(string(builtin)) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		if text, is := strings.CutPrefix(line, "#   "); is {
			example.WriteString(text)
		}
	}
	text := example.String()
	table := Builtin()
	if err := table.Add("example.toml", []byte(text)); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	i, err := table.Find("My-AnyTLS")
	if err != nil {
		t.Fatal(err)
	}
	if i.Server.Command.ConfigName != "server.yaml" || i.Server.Command.Env[0] != "MY_LOG=debug" || i.Habits[0].Codes[0] != "auth-split" ||
		i.Log.Harmless != "..." || i.Server.Identity.Module == "" || i.Server.Identity.Crate != "my-anytls" || !i.Server.Command.Early || i.Client.Command.Early || i.Server.Programs[1] != "my-server-amd64" {
		t.Errorf("%+v, %+v", i, i.Server)
	}
	for _, path := range [][]string{nil, {"implementation"}, {"implementation", "server"}, {"implementation", "server", "identity"}, {"implementation", "log"}, {"implementation", "habit"}} {
		table, rest := typeAt(path)
		if len(rest) > 0 {
			t.Fatalf("there is no %s", rest)
		}
		for _, key := range keysOf(table) {
			if !regexp.MustCompile(`(?m)(^|[[.])` + key + `(\]| = |\.)`).MatchString(text) {
				t.Errorf("the example has no %s", key)
			}
		}
	}
}

// TestFind finds names in any case, and tells of those that there are.
func TestFind(t *testing.T) {
	table := Builtin()
	if i, err := table.Find("Sing-Box"); err != nil || i.Name != "sing-box" {
		t.Error(i, err)
	}
	for name, want := range map[string]string{
		"anytls-r": "no implementation is known as anytls-r; known are anytls-go, anytls-rs, anytls, sing-box, mihomo",
		"\x1b[31m": `no implementation is known as \x1b[31m; `,
		"":         "no implementation is known as ; ",
	} {
		if _, err := table.Find(name); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestPeer: a report has the version, and says untested of one that nobody tries.
func TestPeer(t *testing.T) {
	i, err := Builtin().Find("sing-box")
	if err != nil {
		t.Fatal(err)
	}
	for version, untried := range map[string]bool{"1.13.5": false, "1.13.6": true, "": true} {
		if p := i.Peer(Program{Path: "/x", Version: version}); p.Name != "sing-box" || p.Version != version || p.Language != "Go" || p.Untried != untried {
			t.Errorf("%q: %+v", version, p)
		}
	}
}

// TestCommand starts the program that was found, and leaves the table as it is.
func TestCommand(t *testing.T) {
	i, err := Builtin().Find("anytls")
	if err != nil {
		t.Fatal(err)
	}
	c := i.Command(protocol.Client, Program{Path: "/x y/client"})
	if want := []string{"/x y/client", "-l", "socks5://{socks}", "-s", "{server}", "-p", "{password}", "--insecure", "true"}; !slices.Equal(c.Words, want) {
		t.Errorf("%q, want %q", c.Words, want)
	}
	if i.Client.Command.Words[0] != "anytls-client" {
		t.Errorf("the table has %q", i.Client.Command.Words)
	}
}
