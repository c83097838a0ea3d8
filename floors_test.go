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
		if !own || p.DepOnly || strings.Contains(name+"/", "test/") {
			continue // the program's only: not what only tests use, nor what is below that
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

// A spot is a place on a floor: that of a room, or the gap through which a line
// passes from a floor above to one below.
type spot struct {
	name  string // of the room; empty for a gap
	below []*spot
	above []*spot
	order float64 // where its neighbours would have it
	x, y  float64 // of the middle of its upper edge
	width float64
}

// A picture is the spots of each floor, from the left, the ground first.
type picture [][]*spot

// newPicture gives each room a spot, and each line that passes a floor a gap in it,
// so that no line runs behind a box.
func newPicture(all []room) picture {
	pic := make(picture, all[len(all)-1].floor+1)
	rooms := make(map[string]*spot)
	for _, r := range all {
		s := &spot{name: r.name, width: letter*float64(len(r.name)) + 20}
		rooms[r.name] = s
		pic[r.floor] = append(pic[r.floor], s)
		for _, lower := range r.below {
			from, to := s, rooms[lower]
			for floor := r.floor - 1; !slices.Contains(pic[floor], to); floor-- {
				gap := &spot{width: 4}
				pic[floor] = append(pic[floor], gap)
				from.connect(gap)
				from = gap
			}
			from.connect(to)
		}
	}
	return pic
}

func (s *spot) connect(lower *spot) {
	s.below = append(s.below, lower)
	lower.above = append(lower.above, s)
}

// arrange puts the spots of each floor into an order in which few lines cross, and
// gives them their coordinates. Each sweep moves spots to where their neighbours
// are.
func (pic picture) arrange() (width, height float64) {
	const sweeps = 12
	for sweep := range sweeps {
		for floor := range pic {
			if sweep%2 == 1 {
				floor = len(pic) - 1 - floor
			}
			pic.place()
			for _, s := range pic[floor] {
				neighbours := s.above
				if sweep%2 == 0 {
					neighbours = s.below
				}
				s.order = s.x
				if len(neighbours) > 0 {
					s.order = 0
					for _, n := range neighbours {
						s.order += n.x / float64(len(neighbours))
					}
				}
			}
			slices.SortStableFunc(pic[floor], func(a, b *spot) int { return cmp.Compare(a.order, b.order) })
		}
	}
	return pic.place()
}

// place gives the spots their coordinates, as they stand.
func (pic picture) place() (width, height float64) {
	for _, floor := range pic {
		width = max(width, floorWidth(floor)+2*margin)
	}
	for n, floor := range pic {
		x := (width - floorWidth(floor)) / 2
		for _, s := range floor {
			s.x, s.y = x+(s.width+between)/2, margin+float64(len(pic)-1-n)*floorHeight
			x += s.width + between
		}
	}
	return width, float64(len(pic)-1)*floorHeight + boxHeight + 2*margin
}

func floorWidth(floor []*spot) (width float64) {
	for _, s := range floor {
		width += s.width + between
	}
	return width
}

// drawFloors draws the rooms as an SVG, the highest floor on top, with lines from
// each room down to those below it.
func drawFloors(all []room) []byte {
	pic := newPicture(all)
	width, height := pic.arrange()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="monospace" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" fill="#fff"/>`+"\n", width, height)
	for _, floor := range pic {
		for _, s := range floor {
			if s.name == "" { // the part of a line that passes this floor
				fmt.Fprintf(&b, `<path d="M%.0f %.0fV%.0f" stroke="#9ab"/>`+"\n", s.x, s.y, s.y+boxHeight)
			} else {
				fmt.Fprintf(&b, `<rect x="%.0f" y="%.0f" width="%.0f" height="%d" rx="4" fill="#eef3f8" stroke="#357"/>`+"\n", s.x-s.width/2, s.y, s.width, boxHeight)
				fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="middle" fill="#123">%s</text>`+"\n", s.x, s.y+boxHeight-9, html.EscapeString(s.name))
			}
			for _, lower := range s.below {
				from, middle := s.y+boxHeight, (s.y+boxHeight+lower.y)/2
				fmt.Fprintf(&b, `<path d="M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f" fill="none" stroke="#9ab"/>`+"\n",
					s.x, from, s.x, middle, lower.x, middle, lower.x, lower.y)
			}
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
