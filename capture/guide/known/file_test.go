package known

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"anytls-inspect/protocol"
)

// minimal is an implementation with what it has to have. Its command is on line 4.
const minimal = `[[implementation]]
name = "x"
[implementation.server]
command = "x -l {listen} -p {password}"
`

// TestAdd takes what is well-formed: as little as there must be, texts of Windows, tables in one line,
// dotted keys, and any key of an environment.
func TestAdd(t *testing.T) {
	for _, text := range []string{
		minimal,
		"\ufeff" + strings.ReplaceAll(minimal, "\n", "\r\n"),
		`implementation = [{name = "x", server = {command = "x {listen_port} {password}"}}]`,
		"[[implementation]]\nname = \"x\"\nserver.command = \"x {listen}\"\nserver.env.PassWord = \"{password}\"",
		"[[implementation]]\nname = \"实现\"\n[implementation.client]\ncommand = 'x {config}'\nconfig = '{socks}{server}{password}'",
		minimal + "[implementation.server.env]\nNAME = 'a=b'\n",
		"[[implementation]]\nname = 'y'\nclient.command = 'y {socks} {server} {password}'\n" + minimal + "[[implementation.habit]]\ntext = 'it is'\n",
	} {
		table := new(Table)
		if err := table.Add("f.toml", []byte(text)); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
}

// TestMistakes are told with file, line and column, with the implementation, and with what there may
// be instead. None of the file is added.
func TestMistakes(t *testing.T) {
	server := func(line string) string { return minimal + line }
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "f.toml: it has no [[implementation]]"},
		{"no TOML", "[[implementation]]\nname = x", "f.toml:2:8: "},
		{"an unclosed text", "[[implementation]]\nname = \"x", "f.toml:2:"},
		{"an unknown key", "[[implementation]]\nnam = 'x'", "f.toml:2:1: there is no key implementation.nam; there are name, author, language, source, tried, server, client, log, habit"},
		{"an unknown key below", server("  comand = 'x'\n"), "f.toml:5:3: there is no key implementation.server.comand; there are command, programs, env, config, config-name, identity"},
		{"an unknown table", minimal + "[implementation.sever]\ncommand = 'x'", "f.toml:5:2: there is no key implementation.sever; there are name,"},
		{"an unknown table by a dotted key", "[[implementation]]\nname = 'x'\nsever.command = 'x'", "f.toml:3:1: there is no key implementation.sever; there are name,"},
		{"an unknown key of an unknown table", "[[peer]]\nname = 'x'", "f.toml:1:3: there is no key peer; there are implementation"},
		{"a key in capitals", "[[implementation]]\nName = 'x'", "f.toml:2:1: there is no key implementation.Name; there are name,"},
		{"a list for a text", "[[implementation]]\nname = ['x']", "f.toml:2:8: implementation.name has to be a text in quotation marks"},
		{"a text for a list", "[[implementation]]\ntried = '1'", `f.toml:2:9: implementation.tried has to be a list of texts, such as ["a", "b"]`},
		{"a text for a table", "[[implementation]]\nserver = 'x'", "f.toml:2:10: implementation.server has to be a table"},
		{"a number in an environment", server("env.A = 1"), "f.toml:5:9: implementation.server.env.A has to be a text in quotation marks"},
		{"a table in an environment", server("env.A.B = 'x'"), "f.toml:5:7: implementation.server.env.A has to be a text in quotation marks"},
		{"no name", "[[implementation]]\nserver.command = 'x'", "f.toml:1:3: name: a name begins with a letter"},
		{"the name of an address", strings.Replace(minimal, `"x"`, `"x.org"`, 1), "f.toml:2:1: name: a name begins with a letter, and has letters, digits, - _ and + only"},
		{"the name of this machine", strings.Replace(minimal, `"x"`, `"LocalHost"`, 1), "must not look like an address"},
		{"a name that is a path", strings.Replace(minimal, `"x"`, `"../x"`, 1), "f.toml:2:1: name: a name begins"},
		{"a long name", strings.Replace(minimal, `"x"`, `"`+strings.Repeat("x", 41)+`"`, 1), "f.toml:2:1: name: it is longer than 40"},
		{"a name twice", minimal + strings.Replace(minimal, `"x"`, `"X"`, 1), "f.toml:6:1: X: name: line 2 has one of that name, too"},
		{"neither end", "[[implementation]]\nname = 'x'\n", "f.toml:2:1: x: name: it has neither [implementation.server] nor [implementation.client]"},
		{"no command", "[[implementation]]\nname = 'x'\n[implementation.server]\n", "f.toml:3:2: x: server.command: what starts it? give a command line"},
		{"an unclosed command", strings.Replace(minimal, "x -l", "x '-l", 1), "f.toml:4:1: x: server.command: the command ends inside of a quotation"},
		{"an unknown placeholder", strings.Replace(minimal, "{listen}", "{lsten}", 1), "f.toml:4:1: x: server.command: there is no placeholder {lsten}; there are {ca} {cert}"},
		{"no place to listen", strings.Replace(minimal, "{listen}", "", 1), "f.toml:4:1: x: server.command: the command has no {listen}"},
		{"no password", strings.Replace(minimal, "{password}", "", 1), "has no {password}"},
		{"no SOCKS", "[[implementation]]\nname = 'x'\nclient.command = 'x {server} {password}'", "f.toml:3:1: x: client.command: the command has no {socks}"},
		{"a configuration that nothing names", server("config = 'x'"), "names it nowhere: write {config}"},
		{"no configuration", strings.Replace(minimal, "-l", "{config}", 1), "none is given"},
		{"a folder in a file's name", server("config-name = 'a/b'"), "f.toml:5:1: x: server.config-name: it is the end of a file's name"},
		{"a program that is no name", server("programs = ['x', '']"), "f.toml:5:1: x: server.programs: the name of a program is empty"},
		{"a program that is a placeholder", strings.Replace(minimal, `"x `, `"{dir}/x `, 1), "f.toml:4:1: x: server.command: the name of a program is empty, or has a placeholder"},
		{"a variable without a name", server("env = {'' = 'x'}"), "f.toml:5:1: x: server.env: a variable's name is empty"},
		{"a variable with a zero byte", server(`env = {X = "\u0000"}`), "or it has a = or a zero byte"},
		{"a zero byte", strings.Replace(minimal, "-l", `\u0000`, 1), "or has a zero byte"},
		{"no regular expression", minimal + "[implementation.log]\nsent = '('", "f.toml:6:1: x: log.sent: error parsing regexp: missing closing )"},
		{"an identity that is not asked", server("identity.match = 'x'"), "x: server.identity.ask: ask and match go together"},
		{"an identity that matches nothing", server("[implementation.server.identity]\nask = '--help'"), "f.toml:6:1: x: server.identity.ask: ask and match go together"},
		{"an identity by no expression", server("identity = {match = '[', ask = 'x'}"), "f.toml:5:1: x: server.identity.match: error parsing regexp"},
		{"an identity that ends early", server(`identity = {match = 'x', ask = "'"}`), "x: server.identity.ask: the command ends inside"},
		{"a crate that is a path", server("identity.crate = 'crates/x'"), "f.toml:5:1: x: server.identity.crate: a crate's name has letters, digits, - and _ only"},
		{"escapes", "[[implementation]]\nname = \"x\"\nauthor = \"\\u001b[31m\"", "f.toml:3:1: x: author: it has what can't be shown"},
		{"a long text", "[[implementation]]\nname = \"x\"\nsource = '" + strings.Repeat("x", 501) + "'", "f.toml:3:1: x: source: it is longer than 500"},
		{"a habit of nobody", minimal + "[[implementation.habit]]\npeer = 'both'\ntext = 'x'", `f.toml:6:1: x: habit.peer: it is "server" or "client"`},
		{"a habit without a text", minimal + "[[implementation.habit]]\ntext = 'x'\n[[implementation.habit]]\n", "f.toml:7:3: x: habit.text: what is known of it?"},
		{"a habit with an unknown code", minimal + "[[implementation.habit]]\ntext = 'x'\ncodes = ['auth-split', 'auth-spilt']", "f.toml:7:1: x: habit.codes: there is no diagnostic or problem auth-spilt"},
		{"too many habits", minimal + strings.Repeat("[[implementation.habit]]\ntext = 'x'\n", 51), "x: habit: there are more than 50"},
		{"too many", manyImplementations(201), "f.toml: it has more than 200 implementations"},
		{"too large", strings.Repeat("#", MaxFile+1), "f.toml: it has more than 256 KiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := Builtin()
			err := table.Add("f.toml", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
			if got := table.Names(); !reflect.DeepEqual(got, Builtin().Names()) {
				t.Errorf("the table has %v", got)
			}
		})
	}
}

func manyImplementations(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[[implementation]]\nname = \"x%d\"\nserver.command = \"x {listen} {password}\"\n", i)
	}
	return b.String()
}

// TestMany: as many as there may be are added.
func TestMany(t *testing.T) {
	table := new(Table)
	if err := table.Add("f.toml", []byte(manyImplementations(maxAll))); err != nil || len(table.Implementations) != maxAll {
		t.Error(len(table.Implementations), err)
	}
}

// TestReplace: one with the name of another takes its place, in any case.
func TestReplace(t *testing.T) {
	table := Builtin()
	if err := table.Add("f.toml", []byte(strings.Replace(minimal, `"x"`, `"SING-BOX"`, 1))); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(table.Names(), " "); got != "anytls-go anytls-rs anytls SING-BOX mihomo" {
		t.Errorf("known are %s", got)
	}
	if i, err := table.Find("sing-box"); err != nil || i.Client != nil || i.Server.Command.Words[0] != "x" {
		t.Error(i, err)
	}
}

// TestPathsOfPrograms are from the file's folder.
func TestPathsOfPrograms(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, folder := range map[string]string{"f.toml": here, "a/f.toml": filepath.Join(here, "a"), filepath.Join(here, "b", "f.toml"): filepath.Join(here, "b")} {
		table := new(Table)
		text := strings.Replace(minimal, `"x `, `"./x `, 1) + "programs = ['y', 'bin/z']\n"
		if err := table.Add(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		want := []string{filepath.Join(folder, "x"), "y", filepath.Join(folder, "bin", "z")}
		if got := table.Implementations[0].Server.Programs; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// FuzzAdd: a file is refused with a reason that can be printed, and leaves the table as it is; or each
// of its implementations can be found and started, and shows nothing that can't be printed.
func FuzzAdd(f *testing.F) {
	f.Add(builtin)
	f.Add([]byte(minimal))
	f.Add([]byte("[[implementation]]\nname = \"x\"\nserver.env.\"\x1b\" = ''\n"))
	f.Add([]byte(minimal + "[[implementation.habit]]\ntext = 'x'\n[implementation.log]\nsent='('"))
	f.Fuzz(func(t *testing.T, text []byte) {
		table := new(Table)
		if err := table.Add("f.toml", text); err != nil {
			if said := err.Error(); strings.ReplaceAll(protocol.Printable(said), `\\`, `\`) != said || len(table.Implementations) > 0 {
				t.Fatalf("%d implementations, %q", len(table.Implementations), said)
			}
			return
		}
		for n := range table.Implementations {
			i := &table.Implementations[n]
			if found, err := table.Find(i.Name); err != nil || found != i {
				t.Fatalf("%q is not found: %v", i.Name, err)
			}
			for _, end := range []protocol.Peer{protocol.Server, protocol.Client} {
				if i.Role(end) == nil {
					continue
				}
				if err := i.Command(end, Program{Path: "/x"}).Check("password"); err != nil {
					t.Fatalf("the %v of %q: %v", end, i.Name, err)
				}
			}
			for _, habit := range i.Habits {
				if text := habit.English + habit.Chinese; protocol.Printable(text) != text || habit.English == "" {
					t.Fatalf("%q", text)
				}
			}
		}
	})
}
