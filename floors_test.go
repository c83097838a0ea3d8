package anytlsinspect_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"html"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "draw docs/floors.svg anew")

// TestFloors: the picture in docs/architecture.md is that of today's imports.
func TestFloors(t *testing.T) {
	const path = "docs/floors.svg"
	picture := drawFloors(rooms(list(t)))
	if *update {
		if err := os.WriteFile(path, picture, 0o644); err != nil { //nolint:gosec // documentation is public
			t.Fatal(err)
		}
	}
	drawn, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(drawn, picture) {
		t.Errorf("%s is not what the imports say: draw it with 'go test . -run TestFloors -update'", path)
	}
}

// A room is a package of the program. It stands one floor above the highest that
// it imports.
type room struct {
	name  string // relative to the module
	floor int    // from 0, the ground
	// below are the rooms that it imports, but for those that others of them
	// reach: the picture would be full of lines that tell nothing.
	below []string
}

// rooms returns the module's packages with their floors, in order of floor and
// name.
func rooms(packages map[string]listed) []room {
	floors := make(map[string]int)
	var floor func(path string) int
	floor = func(path string) int {
		if n, known := floors[path]; known {
			return n
		}
		n := 0
		for _, imported := range packages[path].Imports {
			if strings.HasPrefix(imported, module+"/") {
				n = max(n, floor(imported)+1)
			}
		}
		floors[path] = n
		return n
	}
	var all []room
	for path, p := range packages {
		name, own := strings.CutPrefix(path, module+"/")
		if !own || p.DepOnly || strings.HasSuffix(name, "test") {
			continue // the program's only: not what only tests use
		}
		r := room{name: name, floor: floor(path)}
		for _, imported := range p.Imports {
			lower, own := strings.CutPrefix(imported, module+"/")
			reached := func(other string) bool { return slices.Contains(packages[other].Deps, imported) }
			if own && !slices.ContainsFunc(p.Imports, reached) {
				r.below = append(r.below, lower)
			}
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b room) int {
		return cmp.Or(cmp.Compare(a.floor, b.floor), cmp.Compare(a.name, b.name))
	})
	return all
}

// The picture's measures, in pixels.
const (
	boxHeight   = 28
	floorHeight = 92
	letter      = 7.2 // the width of one, in the picture's font
	margin      = 20
	between     = 18
)

// A place is where a room is drawn: the middle of its box, and its width.
type place struct{ x, y, width float64 }

// drawFloors draws the rooms as an SVG, the highest floor on top, with lines from
// each room down to those below it.
func drawFloors(all []room) []byte {
	highest := all[len(all)-1].floor
	widths := make([]float64, highest+1) // of the floors
	for _, r := range all {
		widths[r.floor] += boxWidth(r) + between
	}
	width := slices.Max(widths) + 2*margin
	places := make(map[string]place)
	taken := make([]float64, highest+1)
	for _, r := range all {
		x := (width-widths[r.floor])/2 + taken[r.floor] + (boxWidth(r)+between)/2
		places[r.name] = place{x: x, y: margin + float64(highest-r.floor)*floorHeight, width: boxWidth(r)}
		taken[r.floor] += boxWidth(r) + between
	}
	var b bytes.Buffer
	height := float64(highest)*floorHeight + boxHeight + 2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="monospace" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" fill="#fff"/>`+"\n", width, height)
	for _, r := range all {
		from := places[r.name]
		for _, lower := range r.below {
			to := places[lower]
			fmt.Fprintf(&b, `<path d="M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f" fill="none" stroke="#9ab" stroke-width="1"/>`+"\n",
				from.x, from.y+boxHeight, from.x, from.y+floorHeight*0.7, to.x, to.y-floorHeight*0.4, to.x, to.y)
		}
	}
	for _, r := range all {
		p := places[r.name]
		fmt.Fprintf(&b, `<rect x="%.0f" y="%.0f" width="%.0f" height="%d" rx="4" fill="#eef3f8" stroke="#357"/>`+"\n", p.x-p.width/2, p.y, p.width, boxHeight)
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="middle" fill="#123">%s</text>`+"\n", p.x, p.y+boxHeight-9, html.EscapeString(r.name))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func boxWidth(r room) float64 { return letter*float64(len(r.name)) + 20 }
