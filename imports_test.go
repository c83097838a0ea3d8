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

const module = "anytls-inspect"

// A law says what the packages that its pattern matches may import. Patterns
// name packages relative to the module; a pattern that ends in "/..." matches
// the path before it and all below it, and these may import one another.
//
// The laws bind what is shipped. Tests are free: one that holds live and
// replayed traffic to the same view has to import both sources.
type law struct {
	packages string   // whom the law binds
	may      []string // packages of this module that they may import
	third    []string // modules of others that they may import; nil: any
	never    []string // what they must not import themselves, whatever else is said
	reach    []string // what they must not even reach through what they import
	why      string   // the sentence to show to who breaks it
}

// What can touch a socket, a file, another process or a goroutine. net/netip
// and net/url are values, and fine.
var impure = []string{
	"net", "net/http/...", "crypto/tls/...", "os/...", "io/fs", "syscall/...",
	"log/...", "context", "runtime/...", "unsafe", "plugin",
}

var (
	noIO    = []string{"net", "net/http/...", "os/...", "syscall/..."}
	sockets = []string{"net", "net/http/...", "crypto/tls/..."}
	screens = []string{"charm.land/...", "github.com/charmbracelet/..."}
	packets = []string{"github.com/gopacket/...", "github.com/google/gopacket/..."}
	stdOnly = []string{}
)

// laws: the first whose pattern matches a package is the package's law. A
// package without one fails the test, so that a new one gets its place here.
var laws = []law{
	{
		packages: "protocol", may: nil, third: stdOnly,
		never: append([]string{"sync/..."}, impure...), reach: sockets,
		why: "protocol is the wire format: bytes and nothing else",
	},
	{
		// It may hold a lock around what the two links of a session share.
		packages: "protocol/session", may: []string{"protocol"},
		third: []string{"github.com/HdrHistogram/hdrhistogram-go"}, never: impure, reach: sockets,
		why: "protocol/session is pure meaning: the wire format and the histogram",
	},
	{
		packages: "protocol/script", may: []string{"protocol", "protocol/session"}, third: stdOnly,
		never: append([]string{"sync/..."}, impure...), reach: sockets,
		why: "a script is text: it knows no source, no gate and no clock",
	},
	{
		packages: "capture", may: []string{"protocol", "protocol/session"}, third: stdOnly, reach: screens,
		why: "capture is the contract between sources and readers, and knows neither",
	},
	{
		// It takes names and numbers from crypto/tls, and opens no socket with it.
		packages: "capture/internal/tlsrec", may: nil, third: []string{"golang.org/x/crypto/chacha20poly1305"},
		never: noIO, reach: screens,
		why: "the record layer is bytes in and bytes out: it knows no handshake, no key log and no observer",
	},
	{
		packages: "capture/internal/tlstap",
		may:      []string{"capture/internal/tlsrec", "capture/internal/keylog", "protocol"},
		third:    []string{"golang.org/x/crypto/cryptobyte"}, never: noIO, reach: screens,
		why: "an observer is fed bytes and emits findings: it knows no packets and no events",
	},
	{
		packages: "capture/internal/pcaptest/transcript", may: []string{"capture", "capture/replay", "protocol", "protocol/script"},
		third: stdOnly, reach: screens,
		why: "a program that makes test data of captures: it prints what a replay tells",
	},
	{
		packages: "capture/internal/...", may: []string{"capture", "protocol", "capture/internal/..."}, reach: screens,
		why: "what sources share knows no source and no reader",
	},
	{
		packages: "capture/ca", third: stdOnly, never: packets, reach: screens,
		why: "the certificate authority issues certificates, and knows no session",
	},
	{
		packages: "capture/relay/gate", may: []string{"protocol", "protocol/session"}, third: stdOnly,
		never: impure, reach: sockets,
		why: "the gate decides about frames: it does no input or output and reads no clock",
	},
	{
		packages: "capture/relay/leg", may: []string{"capture"}, third: []string{"golang.org/x/sys/unix"},
		never: packets, reach: screens,
		why: "a leg carries bytes, and knows no frame",
	},
	{
		packages: "capture/relay/leg/legtest",
		may:      []string{"capture", "capture/relay/leg", "capture/internal/tlsrec", "capture/internal/tlstest"}, third: stdOnly,
		never: packets, reach: screens,
		why: "the suite knows the contract of a leg, and how to seal records by hand",
	},
	{
		packages: "capture/relay/...", may: []string{"capture", "capture/internal/...", "protocol", "protocol/session"},
		never: packets, reach: screens,
		why: "a source emits events: it knows no reader and no other source",
	},
	{
		packages: "capture/replay/...", may: []string{"capture", "capture/internal/...", "protocol", "protocol/session"},
		reach: screens,
		why:   "a source emits events: it knows no reader and no other source",
	},
	{
		packages: "capture/peer/...", may: []string{"capture", "capture/internal/...", "protocol", "protocol/session"},
		never: packets, reach: screens,
		why: "a source emits events: it knows no reader and no other source",
	},
	{
		packages: "capture/demo/...", may: []string{"capture/peer", "protocol", "protocol/session"},
		never: packets, reach: screens,
		why: "the demo is traffic between our own ends: it knows no reader, no other source and no relay",
	},
	{
		packages: "capture/journal/...", may: []string{"capture", "protocol", "protocol/session"},
		never: slices.Concat(sockets, packets), reach: screens,
		why: "the journal keeps events and asks protocol/session what they mean; it knows no source",
	},
	{
		packages: "capture/report/...", may: []string{"capture", "capture/journal", "protocol", "protocol/session"},
		third: stdOnly, never: slices.Concat(sockets, packets), reach: slices.Concat(sockets, screens),
		why: "a report reads the journal; it knows no source and no screen",
	},
	{
		packages: "capture/export/...",
		may:      []string{"capture", "capture/internal/...", "capture/journal", "protocol", "protocol/session"},
		reach:    screens,
		why:      "a recorder reads events; it knows no source and no screen",
	},
	{
		packages: "capture/clock", may: []string{"capture/journal", "capture/report"}, third: stdOnly, never: packets, reach: screens,
		why: "the clock tells the time to a journal and a watch, and knows neither's source",
	},
	{
		packages: "capture/guide/process", may: []string{"protocol"}, third: []string{"github.com/google/shlex", "github.com/charmbracelet/x/ansi", "golang.org/x/sys/unix", "golang.org/x/sys/windows"},
		never: packets, reach: []string{"charm.land/..."},
		why: "programs that are started know nothing of AnyTLS",
	},
	{
		packages: "capture/guide/known", may: []string{"capture/guide/process", "capture/report", "protocol"}, third: []string{"github.com/pelletier/go-toml/v2", "github.com/pelletier/go-toml/v2/unstable"},
		never: packets, reach: []string{"charm.land/..."},
		why: "a table of implementations knows no run: it finds programs, and asks them what they are",
	},
	{
		packages: "capture/guide/pairtest", may: []string{"capture/ca", "capture/peer", "protocol"}, third: stdOnly, never: packets, reach: screens,
		why: "a pair for tests is a server and a client of our own, and knows no relay",
	},
	{
		packages: "capture/guide/traffic", may: []string{"capture/report", "protocol", "protocol/session"},
		third: []string{"golang.org/x/net/proxy"}, never: packets, reach: screens,
		why: "traffic knows a SOCKS inbound and a target, and no session",
	},
	{
		packages: "capture/guide",
		may: []string{
			"capture", "capture/ca", "capture/clock", "capture/guide/known", "capture/guide/process", "capture/guide/traffic", "capture/journal",
			"capture/peer", "capture/relay", "capture/report", "protocol", "protocol/session",
		},
		third: stdOnly, never: packets, reach: []string{"charm.land/..."},
		why: "the guide runs a pair, a relay and its journal; it knows no screen and no output",
	},
	{
		packages: "capture/filter/...", may: []string{"capture", "capture/journal", "protocol", "protocol/session"},
		never: slices.Concat(sockets, packets), reach: screens,
		why: "a filter chooses among what the journal keeps; it knows no source",
	},
	{
		packages: "tui/cell", may: []string{"protocol", "protocol/session"},
		third: []string{"charm.land/lipgloss/v2", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi"},
		never: impure, reach: packets,
		why: "what panes draw with knows no pane and no journal",
	},
	{
		packages: "tui/pane", may: []string{"tui/cell", "capture", "capture/journal", "protocol", "protocol/session"},
		third: stdOnly, never: impure, reach: packets,
		why: "a pane asks the journal and draws with tui/cell; it knows no model, no terminal and no source",
	},
	{
		packages: "tui/command", may: []string{"tui/pane", "capture", "protocol"},
		third: stdOnly, never: impure, reach: packets,
		why: "a command is a row of a table: it knows no model, which does what it runs",
	},
	{
		packages: "tui/program", may: nil,
		third: []string{"charm.land/bubbletea/v2", "github.com/charmbracelet/colorprofile"},
		never: sockets, reach: packets,
		why: "what runs a model on a terminal knows no model",
	},
	{
		packages: "tui/steps", may: []string{"tui/cell", "tui/program", "protocol", "protocol/session"},
		never: sockets, reach: packets,
		why: "the screen of a run's steps draws what it is handed; it knows no run",
	},
	{
		packages: "tui/screentest", may: nil,
		third: []string{"github.com/creack/pty", "github.com/hinshun/vt10x"},
		never: sockets, reach: screens,
		why: "a terminal for tests knows no screen that is drawn on it",
	},
	{
		packages: "tui/dialog", may: []string{"tui/cell", "tui/command", "tui/pane", "capture"},
		third: stdOnly, never: impure, reach: packets,
		why: "a dialog says what is to be done; it knows no model and no journal",
	},
	{
		packages: "tui",
		may:      []string{"tui/cell", "tui/command", "tui/dialog", "tui/pane", "tui/program", "capture", "capture/journal", "protocol", "protocol/session"},
		never:    sockets, reach: packets,
		why: "the screen reads the journal: it opens no socket and knows no source",
	},
	{
		packages: "cmd/...", may: []string{"..."},
		why: "the command line is where everything is wired together",
	},
	{
		packages: module, third: stdOnly,
		why: "the root holds tests of the module as a whole, and no code",
	},
}

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
