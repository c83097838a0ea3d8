// Package anytlsinspect_test holds what concerns the module as a whole.
package anytlsinspect_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// listed is what is asked of the go command about a package.
type listed struct {
	ImportPath string
	Standard   bool     // part of the standard library
	DepOnly    bool     // not of this module, only imported by it
	Imports    []string // what its own files import, its tests left out
	Deps       []string // that, and all that those import in turn
}

func TestImports(t *testing.T) {
	packages := list(t)
	for _, p := range packages {
		if p.DepOnly {
			continue
		}
		t.Run(p.ImportPath, func(t *testing.T) {
			name := strings.TrimPrefix(p.ImportPath, module+"/")
			i := slices.IndexFunc(laws, func(l law) bool { return matches(l.packages, name) })
			if i < 0 {
				t.Fatalf("no law says what %s may import: give it a row in laws", name)
			}
			for _, broken := range laws[i].breaches(p, packages) {
				t.Errorf("%s %s\n\tthe law: %s", name, broken, laws[i].why)
			}
		})
	}
}

// breaches names each import of p that the law does not allow.
func (l law) breaches(p listed, packages map[string]listed) []string {
	var broken []string
	for _, path := range p.Imports {
		own, isOwn := strings.CutPrefix(path, module+"/")
		switch {
		case matchesAny(l.never, path):
			broken = append(broken, fmt.Sprintf("imports %s, which it must never", path))
		case isOwn && !matches(l.packages, own) && !matchesAny(l.may, own):
			broken = append(broken, fmt.Sprintf("imports %s; of this module it may import %q", path, l.may))
		case !isOwn && !packages[path].Standard && l.third != nil && !slices.Contains(l.third, path):
			broken = append(broken, fmt.Sprintf("imports %s; beside the standard library it may import %q", path, l.third))
		}
	}
	// One is enough to go by: a library comes with all that it needs itself.
	reached := func(path string) bool { return matchesAny(l.reach, path) }
	if i := slices.IndexFunc(p.Deps, reached); i >= 0 {
		broken = append(broken, fmt.Sprintf("reaches %s through what it imports", p.Deps[i]))
	}
	return broken
}

// TestLawsCanBeBroken holds the test above to its word: for each kind of
// breach, an import that has to be found out.
func TestLawsCanBeBroken(t *testing.T) {
	const charm = "charm.land/bubbletea/v2"
	packages := map[string]listed{
		"net": {Standard: true}, "fmt": {Standard: true}, "net/netip": {Standard: true}, charm: {},
	}
	tests := []struct {
		name, pkg, imports, reaches string
		want                        string // "": allowed
	}{
		{name: "pure", pkg: "protocol", imports: "fmt"},
		{name: "values", pkg: "protocol", imports: "net/netip"},
		{name: "sockets", pkg: "protocol", imports: "net", want: "imports net, which it must never"},
		{name: "others", pkg: "protocol", imports: charm, want: "beside the standard library"},
		{name: "upward", pkg: "protocol", imports: module + "/protocol/session", want: "of this module"},
		{name: "hidden sockets", pkg: "protocol/session", imports: "fmt", reaches: "net", want: "reaches net"},
		{name: "files of scripts", pkg: "protocol/script", imports: "os", want: "imports os, which it must never"},
		{name: "siblings", pkg: "capture/relay", imports: module + "/capture/replay", want: "of this module"},
		{name: "below itself", pkg: "capture/relay", imports: module + "/capture/relay/fault"},
		{name: "the demo's ends", pkg: "capture/demo", imports: module + "/capture/peer"},
		{name: "the demo's relay", pkg: "capture/demo", imports: module + "/capture/relay", want: "of this module"},
		{name: "above itself", pkg: "capture/peer", imports: module + "/capture/demo", want: "of this module"},
		{name: "siblings inside", pkg: "capture/internal/tlsrec", imports: module + "/capture/internal/tlstap", want: "of this module"},
		{name: "hidden screen", pkg: "capture/export", imports: "fmt", reaches: charm, want: "reaches " + charm},
		{name: "source", pkg: "tui", imports: module + "/capture/relay", want: "of this module"},
		{name: "frames in a leg", pkg: "capture/relay/leg", imports: module + "/protocol", want: "of this module"},
		{name: "a relay in the suite of legs", pkg: "capture/relay/leg/legtest", imports: module + "/capture/relay", want: "of this module"},
		{name: "sockets in a gate", pkg: "capture/relay/gate", imports: "net", want: "imports net, which it must never"},
		{name: "pane", pkg: "tui/cell", imports: module + "/tui/pane", want: "of this module"},
		{name: "journal", pkg: "tui/cell", imports: module + "/capture/journal", want: "of this module"},
		{name: "model", pkg: "tui/pane", imports: module + "/tui", want: "of this module"},
		{name: "keys in a pane", pkg: "tui/pane", imports: module + "/tui/command", want: "of this module"},
		{name: "a model in a table", pkg: "tui/command", imports: module + "/tui", want: "of this module"},
		{name: "a journal in a dialog", pkg: "tui/dialog", imports: module + "/capture/journal", want: "of this module"},
		{name: "terminal", pkg: "tui/pane", imports: charm, want: "beside the standard library"},
		{name: "wiring", pkg: "cmd/anytls-inspect", imports: module + "/capture/relay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i := slices.IndexFunc(laws, func(l law) bool { return matches(l.packages, tt.pkg) })
			p := listed{ImportPath: module + "/" + tt.pkg, Imports: []string{tt.imports}, Deps: []string{tt.imports}}
			if tt.reaches != "" {
				p.Deps = append(p.Deps, tt.reaches)
			}
			got := strings.Join(laws[i].breaches(p, packages), "; ")
			if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
				t.Errorf("breaches = %q, want one that says %q", got, tt.want)
			}
		})
	}
}

// matches tells whether a package path is what pattern names.
func matches(pattern, path string) bool {
	above, tree := strings.CutSuffix(pattern, "...")
	if !tree {
		return pattern == path
	}
	return path+"/" == above || strings.HasPrefix(path, above)
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, path) })
}

// list asks the go command for this module's packages and all that they import.
func list(t *testing.T) map[string]listed {
	t.Helper()
	// A cached test result is good for as long as the files that the test itself
	// looked at stay the same. Those that the go command reads for it are not
	// among them, so look at every folder, or a broken law passes from the cache.
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && len(path) > 1 && path[0] == '.' {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"-json=ImportPath,Standard,DepOnly,Imports,Deps", "./...")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	packages := make(map[string]listed)
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages
		case err != nil:
			t.Fatalf("go list's output: %v", err)
		}
		packages[p.ImportPath] = p
	}
}
