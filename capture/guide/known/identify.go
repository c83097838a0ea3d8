package known

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture/guide/process"
	"anytls-inspect/protocol"
)

// isNone tells whether nothing tells the program from others of its name.
func (id *Identity) isNone() bool { return id.Module == "" && id.Match == nil }

const (
	maxToName = 3 // programs that an error names
	// choosePatience bounds how long all are asked, of which each may take [process.Ask]'s several times.
	choosePatience = 20 * time.Second
)

// choose returns the first of what was found that is the program, or else, where mute is so, the first
// that does not say what it is. None is asked behind the one that is it. The error says what each is
// instead.
func (i *Implementation) choose(ctx context.Context, end protocol.Peer, found []candidate, mute bool) (Program, error) {
	ctx, cancel := context.WithTimeout(ctx, choosePatience)
	defer cancel()
	var silent *Program
	var each []string
	for _, c := range found {
		if ctx.Err() != nil {
			each = append(each, protocol.Printable(c.path)+" was not asked: others took too long")
			continue
		}
		t := i.identify(ctx, end, c, mute)
		switch p := (Program{Path: c.path, Version: t.version}); {
		case t.is:
			return p, nil
		case t.otherwise != "":
			each = append(each, protocol.Printable(c.path)+" "+t.otherwise)
		case !mute:
			each = append(each, protocol.Printable(c.path)+" does not say what it is")
		case silent == nil:
			silent = &p
		}
	}
	if silent != nil {
		return *silent, nil
	}
	if n := len(each); n > maxToName+1 {
		each = append(each[:maxToName], fmt.Sprintf("and %d more were not found to be it", n-maxToName))
	}
	return Program{}, errors.New(strings.Join(each, ", "))
}

// identified is what a program was found to be.
type identified struct {
	is        bool
	version   string
	otherwise string // what is said of it where it is something else, or can't be run; empty: it does not tell
}

// identify says what a program is: by its build information, and where that does not tell, by what it
// answers. Where mute is so, one that does not tell is asked for its version, too: else it is not taken,
// and who knows what it does then.
func (i *Implementation) identify(ctx context.Context, end protocol.Peer, c candidate, mute bool) identified {
	if c.err != nil {
		return identified{otherwise: c.err.Error()}
	}
	w := &witness{ctx: ctx, path: c.path, said: make(map[string]string)}
	if build, err := buildinfo.ReadFile(c.path); err == nil {
		w.build = build
	}
	id := i.Role(end).Identity
	rivals := i.rivals(end, c.path)
	if w.isModule(id.Module) {
		return identified{is: true, version: w.version(id)}
	}
	for _, rival := range rivals {
		if w.isModule(rival.id.Module) {
			return identified{otherwise: "says that it is " + rival.name}
		}
	}
	if w.answers(id) {
		return identified{is: true, version: w.version(id)}
	}
	for _, rival := range rivals {
		if rival.asked && w.answers(rival.id) {
			return identified{otherwise: "says that it is " + rival.name}
		}
	}
	switch {
	case w.err != nil:
		return identified{otherwise: w.err.Error()}
	case id.Module != "" && w.module() != "":
		return identified{otherwise: "says that it is " + protocol.Printable(w.module())}
	case mute:
		return identified{version: w.version(id)}
	}
	return identified{}
}

// A rival is something else that a program may be.
type rival struct {
	name  string
	id    Identity
	asked bool // programs of that name are asked, and no others: who knows what they do then
}

// rivals returns what else a program may be that is to be one end.
func (i *Implementation) rivals(end protocol.Peer, path string) []rival {
	called := append(names(i.Role(end).Programs), strings.TrimSuffix(filepath.Base(path), ".exe"))
	others := []*Implementation{i}
	if i.table != nil {
		for n := range i.table.Implementations {
			if other := &i.table.Implementations[n]; other.Name != i.Name {
				others = append(others, other)
			}
		}
	}
	var all []rival
	for _, other := range others {
		for _, p := range [...]protocol.Peer{end, end.Other()} {
			r := other.Role(p)
			if r == nil || r.Identity.isNone() || other == i && p == end {
				continue
			}
			name := other.Name
			if p != end {
				name = fmt.Sprintf("the %v of %s", p, other.Name)
			}
			share := slices.ContainsFunc(names(r.Programs), func(name string) bool { return slices.Contains(called, name) })
			all = append(all, rival{name, r.Identity, share})
		}
	}
	return all
}

// A witness is a program that is asked what it is.
type witness struct {
	ctx   context.Context
	path  string
	build *debug.BuildInfo // nil: it is not in Go, or does not tell
	said  map[string]string
	err   error // why it can't be run
}

// module returns the main module of a program in Go; empty: it does not tell.
func (w *witness) module() string {
	if w.build == nil {
		return ""
	}
	return w.build.Main.Path
}

func (w *witness) isModule(module string) bool { return module != "" && w.module() == module }

// answer returns what the program says to arguments.
func (w *witness) answer(args []string) string {
	key := strings.Join(args, "\x00")
	if _, is := w.said[key]; !is {
		w.said[key], w.err = process.Ask(w.ctx, w.path, args...)
	}
	return w.said[key]
}

// answers tells whether the program answers as the identity says. One in Go that is built from another
// module is not asked.
func (w *witness) answers(id Identity) bool {
	if id.Module != "" && w.module() != "" {
		return false
	}
	return id.Match != nil && id.Match.MatchString(w.answer(id.Args))
}

var (
	release = regexp.MustCompile(`^v(\d+\.\d+\.\d+(-[a-z]+[.0-9]*)?)$`)
	// Not behind a colon, where seconds stand.
	aVersion = regexp.MustCompile(`(?m)(?:^|[\s"'(\[/@=_-])v?(\d+\.\d+[0-9A-Za-z.+-]*)`)
)

// version returns the version of a program; empty: it does not tell. That of a module that was
// released comes first: what a program prints may be unknown to who built it.
func (w *witness) version(id Identity) string {
	built := ""
	if w.isModule(id.Module) {
		built = w.build.Main.Version
	}
	if match := release.FindStringSubmatch(built); match != nil {
		return match[1]
	}
	if version := w.told(id); version != "" {
		return cut(protocol.Printable(version))
	}
	if strings.HasPrefix(built, "v") {
		return cut(protocol.Printable(built[1:]))
	}
	return ""
}

// told returns the version that a program prints; empty: none.
func (w *witness) told(id Identity) string {
	if id.Match != nil {
		match, group := id.Match.FindStringSubmatch(w.answer(id.Args)), id.Match.SubexpIndex("version")
		if match != nil && group > 0 && match[group] != "" && match[group] != "unknown" {
			return match[group]
		}
	}
	if len(id.Version) == 0 {
		return ""
	}
	for _, match := range aVersion.FindAllStringSubmatch(w.answer(id.Version), -1) {
		version := strings.TrimRight(match[1], ".+-")
		if _, err := netip.ParseAddr(version); err != nil {
			return version
		}
	}
	return ""
}

// cut returns as much of a version as a table can show.
func cut(version string) string {
	if all := []rune(version); len(all) > maxName {
		return string(all[:maxName-1]) + "…"
	}
	return version
}
