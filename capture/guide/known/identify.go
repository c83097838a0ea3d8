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
func (id *Identity) isNone() bool { return !id.hasOrigin() && id.Match == nil }

// hasOrigin tells whether the identity says what the program is built from.
func (id *Identity) hasOrigin() bool { return id.Module != "" || id.Crate != "" }

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

// identify says what a program is: by its build information or the record of who installed it, and where
// neither tells, by what it answers. Where mute is so, one that does not tell is asked for its version,
// too: else it is not taken, and who knows what it does then.
func (i *Implementation) identify(ctx context.Context, end protocol.Peer, c candidate, mute bool) identified {
	if c.err != nil {
		return identified{otherwise: c.err.Error()}
	}
	w := &witness{ctx: ctx, path: c.path, said: make(map[string]string)}
	if build, err := buildinfo.ReadFile(c.path); err == nil {
		w.build = build
	} else {
		w.crate = crateOf(c.path)
	}
	id, programs := i.Role(end).Identity, i.Role(end).Programs
	rivals := i.rivals(end, c.path)
	if w.isFrom(id, programs) {
		return identified{is: true, version: w.version(id)}
	}
	for _, rival := range rivals {
		if w.isFrom(rival.id, rival.programs) {
			return identified{otherwise: w.isSaidToBe(rival.name)}
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
	case w.isElse(id):
		return identified{otherwise: w.isSaidToBe(protocol.Printable(w.module() + w.crate.name))}
	case mute:
		return identified{version: w.version(id)}
	}
	return identified{}
}

// A rival is something else that a program may be.
type rival struct {
	name     string
	id       Identity
	programs []string
	asked    bool // programs of that name are asked, and no others: who knows what they do then
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
			all = append(all, rival{name, r.Identity, r.Programs, share})
		}
	}
	return all
}

// A witness is a program that is asked what it is.
type witness struct {
	ctx   context.Context
	path  string
	build *debug.BuildInfo // nil: it is not in Go, or does not tell
	crate crate            // of one that is not in Go
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

func (w *witness) isCrate(crate string) bool { return crate != "" && w.crate.name == crate }

// isFrom tells whether the program is built from what the identity says. A crate may have several
// programs, of which those that are named are meant.
func (w *witness) isFrom(id Identity, programs []string) bool {
	return w.isModule(id.Module) || w.isCrate(id.Crate) &&
		slices.ContainsFunc(names(programs), func(name string) bool { return sameProgram(name, w.crate.program) })
}

// isElse tells whether the program is known to be built from something else than the identity says.
func (w *witness) isElse(id Identity) bool {
	return id.hasOrigin() && w.module()+w.crate.name != "" && !w.isModule(id.Module) && !w.isCrate(id.Crate)
}

// isSaidToBe says what the program is, and who says so.
func (w *witness) isSaidToBe(what string) string {
	if w.crate != (crate{}) {
		return "was installed by cargo as " + what
	}
	return "says that it is " + what
}

// answer returns what the program says to arguments.
func (w *witness) answer(args []string) string {
	key := strings.Join(args, "\x00")
	if _, is := w.said[key]; !is {
		w.said[key], w.err = process.Ask(w.ctx, w.path, args...)
	}
	return w.said[key]
}

// answers tells whether the program answers as the identity says. One that is built from something else
// is not asked.
func (w *witness) answers(id Identity) bool {
	return !w.isElse(id) && id.Match != nil && id.Match.MatchString(w.answer(id.Args))
}

var (
	release = regexp.MustCompile(`^v(\d+\.\d+\.\d+(-[a-z]+[.0-9]*)?)$`)
	// Not behind a colon, where seconds stand.
	aVersion = regexp.MustCompile(`(?m)(?:^|[\s"'(\[/@=_-])v?(\d+\.\d+[0-9A-Za-z.+-]*)`)
)

// version returns the version of a program; empty: it does not tell. That of a module that was
// released comes first: what a program prints may be unknown to who built it. That of a crate comes last:
// the record may be of a program that was replaced since.
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
	if w.isCrate(id.Crate) {
		return cut(w.crate.version)
	}
	return ""
}

// told returns the version that a program prints; empty: none.
func (w *witness) told(id Identity) string {
	if group := groupOf(id.Match); group > 0 {
		match := id.Match.FindStringSubmatch(w.answer(id.Args))
		if match != nil && match[group] != "" && match[group] != "unknown" {
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

// groupOf returns which group of a match is the version; -1: none.
func groupOf(match *regexp.Regexp) int {
	if match == nil {
		return -1
	}
	return match.SubexpIndex("version")
}

// cut returns as much of a version as a table can show.
func cut(version string) string {
	if all := []rune(version); len(all) > maxName {
		return string(all[:maxName-1]) + "…"
	}
	return version
}
