//go:build unix

package known

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// told is what a program does that notes what it is asked.
const told = `echo "$*" >>"$0.asked"; `

// installedByCargo puts programs into the folder "bin" of another, with a record beside it. They are no
// links, which lead away from the record.
func installedByCargo(t *testing.T, record string, does map[string]string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range does {
		path := filepath.Join(root, "bin", name)
		if err := os.Link(script, path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+".does", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, cargoRecord), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

// TestInstalledByCargo: what cargo's record says of a program is believed, and it is not asked what it is;
// one that the record says nothing of is asked.
func TestInstalledByCargo(t *testing.T) {
	mute := map[string]string{"anytls-server": told + isMute, "anytls-client": told + isMute, "anytls-bench": told + isMute}
	rs := installedByCargo(t, strings.Replace(record, `"anytls-client"`, `"anytls-client", "anytls-bench"`, 1), mute)
	foreign := installedByCargo(t, "[v1]\n\"other 1.0.0 (x)\" = [\"anytls-server\"]\n", mute)
	link := filepath.Join(t.TempDir(), "mine")
	if err := os.Symlink(filepath.Join(rs, "bin", "anytls-server"), link); err != nil {
		t.Fatal(err)
	}
	away := installedByCargo(t, record, nil) // its program is a link to where no record is
	if err := os.Symlink(filepath.Join(install(t, map[string]string{"s": told + isSsrlive}), "s"), filepath.Join(away, "bin", "anytls-server")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(away, "bin", "anytls-server.does"), []byte(told+isSsrlive), 0o600); err != nil {
		t.Fatal(err)
	}
	unlisted := installedByCargo(t, record, map[string]string{"anytls-server": told + isJxo})
	if err := os.WriteFile(filepath.Join(unlisted, cargoRecord), []byte("[v1]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := installedByCargo(t, record, map[string]string{"anytls-server": told + isSsrlive})
	if err := os.Chtimes(filepath.Join(newer, cargoRecord), time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	replaced := installedByCargo(t, record, map[string]string{"anytls-server": told + isJxo})
	for _, tt := range []struct{ title, name, path, want, version, err, asked string }{
		{title: "its folder", name: "anytls-rs", path: rs, want: rs + "/bin/anytls-server", version: "0.3.0", asked: "--version\n"},
		{title: "its bin", name: "anytls-rs", path: rs + "/bin", want: rs + "/bin/anytls-server", version: "0.3.0", asked: "--version\n"},
		{title: "a link to it", name: "anytls-rs", path: link, want: link, version: "0.3.0"},
		{title: "another of that crate", name: "anytls-rs", path: rs + "/bin/anytls-bench", want: rs + "/bin/anytls-bench", version: "0.3.0", asked: "--help\n--version\n"},
		{title: "one that says another version", name: "anytls-rs", path: replaced, want: replaced + "/bin/anytls-server", version: "0.5.4", asked: "--version\n"},
		{title: "the client", name: "anytls-rs", path: rs + "/bin/anytls-client", err: "anytls-rs: " + rs + "/bin/anytls-client was installed by cargo as the client of anytls-rs"},
		{title: "of another crate that is known", name: "anytls", path: rs, err: "/bin/anytls-server was installed by cargo as anytls-rs"},
		{title: "of a crate for one in Go", name: "anytls-go", path: rs, err: "/bin/anytls-server was installed by cargo as anytls-rs"},
		{title: "of another crate", name: "anytls-rs", path: foreign, err: "/bin/anytls-server was installed by cargo as other"},
		{title: "a link in its bin", name: "anytls", path: away, want: away + "/bin/anytls-server", version: "0.3.17", asked: "--help\n--version\n"},
		{title: "one that is not listed", name: "anytls-rs", path: unlisted, want: unlisted + "/bin/anytls-server", version: "0.5.4", asked: "--help\n--version\n"},
		{title: "one that is newer", name: "anytls", path: newer, want: newer + "/bin/anytls-server", version: "0.3.17", asked: "--help\n--version\n"},
		{title: "one that is newer, and another", name: "anytls-rs", path: newer, err: "/bin/anytls-server says that it is anytls"},
	} {
		t.Run(tt.title, func(t *testing.T) {
			asked := tt.want + ".asked"
			for _, path := range all(asked, rs+"/bin/*.asked", foreign+"/bin/*.asked") {
				_ = os.Remove(path) // one may be named twice
			}
			p, err := find(t, tt.name).Locate(t.Context(), protocol.Server, tt.path)
			checkLocated(t, p, err, Program{Path: tt.want, Version: tt.version}, tt.err, strings.HasSuffix)
			if text, _ := os.ReadFile(asked); tt.want != "" && string(text) != tt.asked {
				t.Errorf("it was asked %q, want %q", text, tt.asked)
			}
			if tt.want == "" {
				if others := all(rs+"/bin/*.asked", foreign+"/bin/*.asked"); len(others) > 0 {
					t.Errorf("%s were asked", others)
				}
			}
		})
	}
	t.Setenv("PATH", newer+"/bin"+string(filepath.ListSeparator)+foreign+"/bin"+string(filepath.ListSeparator)+rs+"/bin")
	p, err := find(t, "anytls-rs").Locate(t.Context(), protocol.Server, "")
	checkLocated(t, p, err, Program{Path: rs + "/bin/anytls-server", Version: "0.3.0"}, "", nil)
}

// all returns the files that patterns name.
func all(patterns ...string) (paths []string) {
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			panic(err) // none of them is malformed
		}
		paths = append(paths, found...)
	}
	return paths
}

// TestUnreadableRecords: a record that can't be read says nothing, and holds nothing up.
func TestUnreadableRecords(t *testing.T) {
	for title, spoil := range map[string]func(path string) error{
		"missing":  func(string) error { return nil },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"dangling": func(path string) error { return os.Symlink("nowhere", path) },
		"a device": func(path string) error { return os.Symlink("/dev/zero", path) },
		"no TOML":  func(path string) error { return os.WriteFile(path, []byte("anytls-server"), 0o600) },
		"too large": func(path string) error {
			return os.WriteFile(path, []byte(record+strings.Repeat("#", maxCargoRecord)), 0o600)
		},
	} {
		root := installedByCargo(t, record, map[string]string{"anytls-server": isSsrlive})
		path := filepath.Join(root, cargoRecord)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := spoil(path); err != nil {
			t.Fatal(err)
		}
		if p, err := find(t, "anytls").Locate(t.Context(), protocol.Server, root); err != nil || p.Version != "0.3.17" {
			t.Errorf("%s: %v, %v", title, p, err)
		}
	}
}

// TestGoBesideCargo: the build information of a program in Go comes before a record that has its name.
func TestGoBesideCargo(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	root := installedByCargo(t, "", nil)
	path := filepath.Join(root, "bin", "anytls-server")
	if err := os.WriteFile(path, text, 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, cargoRecord), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := crateOf(path); got.name != "anytls-rs" {
		t.Fatalf("%+v", got)
	}
	if _, err := find(t, "anytls-rs").Locate(t.Context(), protocol.Server, root); err == nil || !strings.HasSuffix(err.Error(), "anytls-server says that it is anytls-inspect") {
		t.Error(err)
	}
}
