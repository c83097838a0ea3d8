//go:build unix

package known

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"anytls-inspect/protocol"
)

// script is a program that does what a file beside it says, which has its name and ".does"; broken is one
// that nothing runs. They are written once, before anything is started: a file that is open for writing
// somewhere can't be run.
var script, broken string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "known")
	if err == nil {
		script, broken = filepath.Join(dir, "script"), filepath.Join(dir, "broken")
		err = errors.Join(
			os.WriteFile(script, []byte("#!/bin/sh\n. \"$0.does\"\n"), 0o700), //nolint:gosec // it is to be run
			os.WriteFile(broken, []byte("#!/nowhere/interpreter\n"), 0o700),   //nolint:gosec // and this one
		)
	}
	if err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// What programs do that are asked what they are.
const (
	isJxo       = `case $1 in --help) echo "Usage: anytls-server [OPTIONS]";; --version) echo anytls-server 0.5.4;; esac`
	isSsrlive   = `case $1 in --help) echo "AnyTLS Server"; echo "Usage: anytls-server [OPTIONS] --password <PASSWORD>";; --version) echo anytls-server 0.3.17;; esac`
	isSsrlive05 = `case $1 in --help) echo "AnyTLS rust server";; --version) echo anytls-server 0.5.3;; esac`
	isMute      = `exit 1`
	isSingBox   = `test "$1" = version && echo "sing-box version 1.14.0-rc.1"`
)

// install puts programs into a folder, by name, and returns the folder.
func install(t *testing.T, does map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range does {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(script, path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".does", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func find(t *testing.T, name string) *Implementation {
	t.Helper()
	return findIn(t, Builtin(), name)
}

func findIn(t *testing.T, table *Table, name string) *Implementation {
	t.Helper()
	i, err := table.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// checkLocated holds that a program was found, or, where there is to be an error, that one is as told.
func checkLocated(t *testing.T, p Program, err error, want Program, told string, as func(err, told string) bool) {
	t.Helper()
	switch {
	case told != "" && (err == nil || !as(err.Error(), told)):
		t.Errorf("%v, %v; want %s", p, err, told)
	case told == "" && (err != nil || p != want):
		t.Errorf("%v, %v; want %v", p, err, want)
	}
}

// TestOnPath takes the first program on PATH that is the one that is meant, passes those of the same
// name, and says of each why it is not it.
func TestOnPath(t *testing.T) {
	jxo, ssrlive := install(t, map[string]string{"anytls-server": isJxo}), install(t, map[string]string{"anytls-server": isSsrlive})
	newer := install(t, map[string]string{"anytls-server": isSsrlive05})
	mute, empty := install(t, map[string]string{"anytls-server": isMute, "sing-box": isMute}), t.TempDir()
	plain := t.TempDir()
	write(t, filepath.Join(plain, "anytls-server"), 0o600)
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "anytls-server"), 0o700); err != nil {
		t.Fatal(err)
	}
	dangling := t.TempDir()
	if err := os.Symlink("nowhere", filepath.Join(dangling, "anytls-server")); err != nil {
		t.Fatal(err)
	}
	box := install(t, map[string]string{"sing-box": isSingBox})
	const how = "; name its own: --server anytls-rs=PATH, the program or the folder that has it"
	for _, tt := range []struct {
		title, name   string
		path          []string
		want, version string // the folder that it is in
		err           string // "%1" and so on stand for the program in that folder
	}{
		{title: "the only one", name: "anytls-rs", path: []string{empty, jxo}, want: jxo, version: "0.5.4"},
		{title: "behind another", name: "anytls-rs", path: []string{ssrlive, mute, jxo}, want: jxo, version: "0.5.4"},
		{title: "the other", name: "anytls", path: []string{jxo, ssrlive}, want: ssrlive, version: "0.3.17"},
		{title: "the other, by what it says since 0.5", name: "anytls", path: []string{jxo, newer}, want: newer, version: "0.5.3"},
		{title: "the first of two", name: "sing-box", path: []string{box, mute}, want: box, version: "1.14.0-rc.1"},
		{title: "behind what can't be run", name: "anytls-rs", path: []string{plain, folder, dangling, jxo}, want: jxo, version: "0.5.4"},
		{title: "none", name: "anytls-rs", path: []string{empty, box}, err: "anytls-rs: there is no anytls-server in the 2 folders of PATH; name it: --server anytls-rs=PATH, the program or the folder that has it"},
		{title: "one folder", name: "mihomo", path: []string{"/nowhere"}, err: "mihomo: there is no mihomo on PATH, which is /nowhere; name it"},
		{title: "no folder", name: "mihomo", path: []string{"", ".", "bin"}, err: "mihomo: there is no mihomo on PATH, which has no absolute folder"},
		{title: "another", name: "anytls-go", path: []string{jxo}, err: "anytls-go: %1 says that it is anytls-rs; name its own: --server anytls-go=PATH"},
		{title: "others", name: "anytls-rs", path: []string{ssrlive, mute}, err: "anytls-rs: %1 says that it is anytls, %2 does not say what it is" + how},
		{title: "what can't be run", name: "anytls-rs", path: []string{plain, folder, dangling}, err: "anytls-rs: %1 is not a program that may be run, %2 is a folder, %3 is a link to what is not there" + how},
		{title: "mute, though its name is its own", name: "sing-box", path: []string{mute}, err: "sing-box: %1 does not say what it is"},
		{
			title: "many", name: "anytls-rs", path: []string{ssrlive, mute, plain, folder, dangling},
			err: "anytls-rs: %1 says that it is anytls, %2 does not say what it is, %3 is not a program that may be run, and 2 more were not found to be it" + how,
		},
	} {
		t.Run(tt.title, func(t *testing.T) {
			t.Setenv("PATH", strings.Join(tt.path, string(filepath.ListSeparator)))
			i := find(t, tt.name)
			p, err := i.Locate(t.Context(), protocol.Server, "")
			program := i.Server.Programs[0]
			for n, folder := range tt.path {
				tt.err = strings.ReplaceAll(tt.err, "%"+string(rune('1'+n)), filepath.Join(folder, program))
			}
			checkLocated(t, p, err, Program{Path: filepath.Join(tt.want, program), Version: tt.version}, tt.err, strings.HasPrefix)
		})
	}
}

func write(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
		t.Fatal(err)
	}
}

// TestGivenPath: a program that the user names is taken, but for one that says that it is another; in
// a folder, also below its bin, it is looked for by its name.
func TestGivenPath(t *testing.T) {
	jxo := install(t, map[string]string{"anytls-server": isJxo, "renamed": isJxo, "anytls-client": strings.ReplaceAll(isJxo, "server", "client")})
	ssrlive := install(t, map[string]string{"bin/anytls-server": isSsrlive})
	mute := install(t, map[string]string{"anytls-server": isMute, "mine": isMute})
	plain := filepath.Join(t.TempDir(), "plain")
	write(t, plain, 0o600)
	lost := install(t, map[string]string{"anytls-server": "exit 0"})
	if err := os.Remove(filepath.Join(lost, "anytls-server.does")); err != nil {
		t.Fatal(err)
	}
	unrun := t.TempDir()
	if err := os.Symlink(broken, filepath.Join(unrun, "anytls-server")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(jxo)
	t.Setenv("HOME", mute)
	t.Setenv("PATH", mute+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, tt := range []struct{ title, name, path, want, version, err string }{
		{title: "a program", name: "anytls-rs", path: jxo + "/anytls-server", want: jxo + "/anytls-server", version: "0.5.4"},
		{title: "of another name", name: "anytls-rs", path: jxo + "/renamed", want: jxo + "/renamed", version: "0.5.4"},
		{title: "from here", name: "anytls-rs", path: "anytls-server", want: jxo + "/anytls-server", version: "0.5.4"},
		{title: "on PATH", name: "anytls-rs", path: "mine", want: mute + "/mine"},
		{title: "from home", name: "anytls-rs", path: "~/mine", want: mute + "/mine"},
		{title: "in a folder", name: "anytls-rs", path: jxo, want: jxo + "/anytls-server", version: "0.5.4"},
		{title: "in its bin", name: "anytls", path: ssrlive, want: ssrlive + "/bin/anytls-server", version: "0.3.17"},
		{title: "mute", name: "anytls", path: mute + "/anytls-server", want: mute + "/anytls-server"},
		{title: "a mute one in a folder", name: "anytls-go", path: mute, want: mute + "/anytls-server"},
		{title: "one that fails", name: "anytls-go", path: lost, want: lost + "/anytls-server"},
		{title: "one that nothing runs", name: "anytls-rs", path: unrun, err: "anytls-rs: " + unrun + "/anytls-server can't be run: what runs it, an interpreter or a loader, is not found: file does not exist"},
		{title: "another", name: "anytls", path: jxo, err: "anytls: " + jxo + "/anytls-server says that it is anytls-rs"},
		{title: "another in a bin", name: "anytls-go", path: ssrlive, err: ssrlive + "/bin/anytls-server says that it is anytls"},
		{title: "the client", name: "anytls-rs", path: jxo + "/anytls-client", err: "anytls-rs: " + jxo + "/anytls-client says that it is the client of anytls-rs"},
		{title: "another's client", name: "anytls", path: jxo + "/anytls-client", err: "says that it is the client of anytls-rs"},
		{title: "not there", name: "anytls", path: "./x", err: "anytls: " + jxo + "/x is not there"},
		{title: "no name of a program either", name: "anytls", path: "no-such-program", err: jxo + "/no-such-program is not there"},
		{title: "not in the folder", name: "mihomo", path: jxo, err: "mihomo: there is no mihomo in " + jxo},
		{title: "no program", name: "mihomo", path: plain, err: "mihomo: " + plain + " is not a program that may be run"},
		{title: "a device", name: "mihomo", path: "/dev/null", err: "mihomo: /dev/null is no file"},
		{title: "hostile", name: "mihomo", path: "/\x1b[31m", err: `mihomo: /\x1b[31m is not there`},
	} {
		t.Run(tt.title, func(t *testing.T) {
			p, err := find(t, tt.name).Locate(t.Context(), protocol.Server, tt.path)
			checkLocated(t, p, err, Program{Path: tt.want, Version: tt.version}, tt.err, strings.HasSuffix)
		})
	}
}

// TestProgramsInGo say what they are by their build information, and are not asked: this test is one.
func TestProgramsInGo(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "sing-box")); err != nil {
		t.Fatal(err)
	}
	if _, err := find(t, "sing-box").Locate(t.Context(), protocol.Server, dir); err == nil || !strings.HasSuffix(err.Error(), "/sing-box says that it is anytls-inspect") {
		t.Error(err)
	}
	table := Builtin()
	text := "[[implementation]]\nname = 'own'\n[implementation.server]\ncommand = 'sing-box {listen} {password}'\nidentity.module = 'anytls-inspect'\n"
	if err := table.Add("f.toml", []byte(text)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	if p, err := findIn(t, table, "own").Locate(t.Context(), protocol.Server, ""); err != nil || p != (Program{Path: filepath.Join(dir, "sing-box")}) {
		t.Error(p, err)
	}
	if _, err := findIn(t, table, "sing-box").Locate(t.Context(), protocol.Server, ""); err == nil || !strings.Contains(err.Error(), "says that it is own") {
		t.Error(err)
	}
}

// TestOwnPrograms: what a file names without an identity is taken unless it is another; a path leads
// from the file's folder, and PATH is not asked.
func TestOwnPrograms(t *testing.T) {
	dir := install(t, map[string]string{"anytls-server": isMute, "target/anytls-server": isJxo, "other": "echo other; exit 2"})
	t.Setenv("PATH", filepath.Join(dir, "target")+string(filepath.ListSeparator)+dir)
	for _, tt := range []struct{ title, command, path, want, version, err string }{
		{title: "by its name", command: "anytls-server", want: dir + "/anytls-server"},
		{title: "by its path", command: "./other", want: dir + "/other"},
		{title: "another by its path", command: "./target/anytls-server", err: "own: " + dir + "/target/anytls-server says that it is anytls-rs; name its own: --server own=PATH"},
		{title: "not there", command: "./target/mine", err: "own: there is no " + dir + "/target/mine; name it: --server own=PATH"},
		{title: "elsewhere", command: "./target/mine", path: dir + "/other", want: dir + "/other"},
		{title: "in a folder", command: "./target/other", path: dir, want: dir + "/other"},
	} {
		t.Run(tt.title, func(t *testing.T) {
			table := Builtin()
			text := "[[implementation]]\nname = 'own'\n[implementation.server]\ncommand = '" + tt.command + " {listen} {password}'\n"
			if err := table.Add(filepath.Join(dir, "f.toml"), []byte(text)); err != nil {
				t.Fatal(err)
			}
			p, err := findIn(t, table, "own").Locate(t.Context(), protocol.Server, tt.path)
			checkLocated(t, p, err, Program{Path: tt.want, Version: tt.version}, tt.err, strings.HasPrefix)
		})
	}
	table := Builtin()
	if err := table.Add(filepath.Join(dir, "f.toml"), []byte(minimal)); err != nil {
		t.Fatal(err)
	}
	if _, err := findIn(t, table, "x").Locate(t.Context(), protocol.Client, ""); err == nil || err.Error() != "x: it is not known as a client" {
		t.Error(err)
	}
}

// TestVersions are found in what programs print, and are short and printable.
func TestVersions(t *testing.T) {
	for _, tt := range []struct{ title, identity, does, want string }{
		{"the first", "version = '-v'", "test $1 = -v && echo 'x v1.2.3-rc1 (go1.26.8, 10.0.0.1)'", "1.2.3-rc1"},
		{"behind a name", "version = '-v'", "echo '[Server] anytls/0.0.13'", "0.0.13"},
		{"before a full stop", "version = '-v'", "echo 'This is 2.0.'", "2.0"},
		{"behind times and addresses", "version = '-v'", "echo '2026-11-28T03:41:04.123456Z ERROR listens on 127.0.0.1:80, x-1.2'", "1.2"},
		{"of no answer", "version = '-v'", "echo '2026-11-28T03:41:04.123456Z ERROR x: Unknown argument: -v'", ""},
		{"none", "version = '-v'", "echo 'v1 of x1.2'", ""},
		{"not asked for", "ask = 'x'\nidentity.match = 'y'", "echo y 1.2", ""},
		{"in the match", "ask = 'x'\nidentity.match = 'y (?P<version>.*)'", "echo 'y 1 2'", "1 2"},
		{"unknown", "ask = 'x'\nidentity.match = 'y (?P<version>.*)'\nidentity.version = 'v'", "test $1 = v && echo 1.2 || echo y unknown", "1.2"},
		{"hostile", "ask = 'x'\nidentity.match = '(?s)y(?P<version>.*)'", `printf 'y\033[31m'`, `\x1b[31m`},
		{"long", "ask = 'x'\nidentity.match = 'y(?P<version>.*)'", "echo y" + strings.Repeat("é", 50), strings.Repeat("é", maxName-1) + "…"},
	} {
		t.Run(tt.title, func(t *testing.T) {
			table := new(Table)
			text := "[[implementation]]\nname = 'own'\n[implementation.server]\ncommand = 'own {listen} {password}'\nidentity." + tt.identity
			if err := table.Add("f.toml", []byte(text)); err != nil {
				t.Fatal(err)
			}
			dir := install(t, map[string]string{"own": tt.does})
			if p, err := table.Implementations[0].Locate(t.Context(), protocol.Server, dir); err != nil || p.Version != tt.want {
				t.Errorf("%q, %v; want %q", p.Version, err, tt.want)
			}
		})
	}
}

// TestAsksNoMore than it has to: none behind the program that is meant, and one on PATH that does not say
// what it is, not for its version.
func TestAsksNoMore(t *testing.T) {
	jxo, mute := install(t, map[string]string{"anytls-server": told + isJxo}), install(t, map[string]string{"anytls-server": told + isMute})
	asked := func(dir string) string {
		text, err := os.ReadFile(filepath.Join(dir, "anytls-server.asked"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(text)
	}
	t.Setenv("PATH", jxo+string(filepath.ListSeparator)+mute)
	if _, err := find(t, "anytls-rs").Locate(t.Context(), protocol.Server, ""); err != nil || asked(jxo) != "--help\n--version\n" || asked(mute) != "" {
		t.Errorf("%v; asked %q and %q", err, asked(jxo), asked(mute))
	}
	t.Setenv("PATH", mute)
	if _, err := find(t, "anytls-go").Locate(t.Context(), protocol.Server, ""); err == nil || asked(mute) != "--help\n" {
		t.Errorf("%v; asked %q", err, asked(mute))
	}
	if _, err := find(t, "anytls-go").Locate(t.Context(), protocol.Server, mute); err != nil || asked(mute) != "--help\n--help\n-l :-1 -p x\n" {
		t.Errorf("%v; asked %q", err, asked(mute))
	}
}

// TestLocateEnds with its context, and says so.
func TestLocateEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := install(t, map[string]string{"anytls-server": "sleep 1000"})
	if p, err := find(t, "anytls-rs").Locate(ctx, protocol.Server, dir); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Error(p, err)
	}
}

// TestOthersTookTooLong: of programs that were not asked in time, nothing else is said.
func TestOthersTookTooLong(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := find(t, "anytls-rs").choose(ctx, protocol.Server, []candidate{{path: "/a"}, {path: "/b"}}, true)
	if err == nil || err.Error() != "/a was not asked: others took too long, /b was not asked: others took too long" {
		t.Error(err)
	}
}
