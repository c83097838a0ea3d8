package interop

import (
	"context"
	"debug/buildinfo"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// TestPeers: the programs of each peer were built, and have the version of the table.
func TestPeers(t *testing.T) {
	for _, p := range Peers {
		t.Run(p.String(), func(t *testing.T) {
			folder, err := p.Folder()
			if err != nil {
				t.Fatal(err)
			}
			end := End{Dir: t.TempDir(), Listen: "127.0.0.1:1", Server: "127.0.0.1:2", Password: password}
			for _, command := range []command{commands[p.Name].server, commands[p.Name].client} {
				words, err := command(end)
				if err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(folder, words[0])
				if p.Language == goLang {
					checkModule(t, p, path)
				} else {
					checkSays(t, p, path)
				}
			}
		})
	}
}

// checkModule looks for the version in a program's build information.
func checkModule(t *testing.T, p Peer, path string) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if strings.HasSuffix(module.Path, "/"+p.Name) {
			if module.Version != p.Version {
				t.Errorf("%s is of %s, want %s", module.Path, module.Version, p.Version)
			}
			return
		}
	}
	t.Errorf("nothing in %s is called %s", path, p.Name)
}

// checkSays asks a program for its version.
func checkSays(t *testing.T, p Peer, path string) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), p.Version) {
		t.Errorf("%s says %q, want %s", path, out, p.Version)
	}
}

func TestParseStat(t *testing.T) {
	// The name has everything that a name may have.
	const stat = "42 (a ) (b)) S 1 42 42 0 -1 4194304 97 0 0 0 7 5 1 2 20 0 1 0 12345 8192 100\n"
	got, err := parseStat([]byte(stat))
	if want := 120 * time.Millisecond; err != nil || got != want {
		t.Errorf("parseStat = %v, %v, want %v", got, err, want)
	}
	for _, bad := range []string{"", "42 (a) S 1", "42 (a) S 1 42 42 0 -1 4194304 97 0 0 0 x 5 1 2"} {
		if _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("parseStat(%q) is no error", bad)
		}
	}
}
