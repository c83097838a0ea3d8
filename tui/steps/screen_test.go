package steps

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/screentest"
)

// A scene is what a screen shows once keys have been pressed.
type scene struct {
	name  string
	shown Shown
	keys  []string
}

// drawn compares a screen of each scene with what is kept of it, at sizes that people have and in
// little room.
func drawn(t *testing.T, scenes []scene) {
	t.Helper()
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			for _, size := range [...]struct {
				name string
				w, h int
			}{{"200x50", 200, 50}, {"120x40", 120, 40}, {"80x24", 80, 24}, {"40x10", 40, 10}} {
				t.Run(size.name, func(t *testing.T) {
					x := newScreen(t, s.shown, size.w, size.h).press(s.keys...)
					check(t, x.m, size.w, size.h)
					golden.RequireEqual(t, x.text())
				})
			}
		})
	}
}

// TestScreens: at each size of screen that people have, and in little room, the screen shows the
// steps, what became of them, and the heartbeats.
func TestScreens(t *testing.T) {
	drawn(t, []scene{
		{name: "start", shown: plan()},
		{name: "middle", shown: middle()},
		{name: "failure", shown: failure()},
		{name: "chosen", shown: middle(), keys: []string{"up"}},
		{name: "whole text", shown: middle(), keys: []string{"up", "enter"}},
		{name: "ended", shown: ended()},
		{name: "ending", shown: middle(), keys: []string{"ctrl+c"}},
		{name: "interrupted", shown: interrupted(), keys: []string{"q"}},
		{name: "chinese", shown: chinese()},
		{name: "nothing", shown: Shown{Title: "guide", Began: start(), Pairs: []Pair{{Row: Row{Title: "a ← b"}}}}},
	})
}

// TestStyles shows the screen with its colours, and without.
func TestStyles(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"colour": func(*Options) {}, "nocolour": func(o *Options) { o.NoColor = true },
	} {
		t.Run(name, func(t *testing.T) {
			x := newScreen(t, middle(), 80, 24, change).press("up")
			golden.RequireEqual(t, x.m.View().Content)
			if name != "nocolour" {
				return
			}
			_, styles := screentest.Unstyled(x.m.View().Content)
			for _, seq := range styles {
				if strings.ContainsAny(seq, "34") {
					t.Errorf("%q sets a colour", seq)
				}
			}
		})
	}
}

// TestLooks: whatever the terminal can show, only the styles differ.
func TestLooks(t *testing.T) {
	x := newScreen(t, middle(), 120, 40).press("up")
	text, seen := x.text(), map[string]bool{}
	for _, l := range []cell.Look{
		{Profile: colorprofile.TrueColor},
		{Profile: colorprofile.TrueColor, Light: true},
		{Profile: colorprofile.ANSI},
		{Profile: colorprofile.ASCII},
	} {
		x.m.restyle(l)
		x.tick()
		if x.text() != text {
			t.Errorf("look %+v changes the text", l)
		}
		if styled := x.m.View().Content; seen[styled] {
			t.Errorf("look %+v is the same as another", l)
		} else {
			seen[styled] = true
		}
	}
}

// TestRoom: a usual terminal has room for all steps, their headings, the heartbeats toward both
// peers, and the text of a step.
func TestRoom(t *testing.T) {
	s := middle()
	x := newScreen(t, s, 80, 24)
	for i := range s.steps() {
		x.want(s.steps()[i].Title)
	}
	x.want(" pair\n", " under load\n", " both directions\n", "→server", "→client", "p95", "up to 8,000 B", "1m05s", "~3m41s left", s.Title+" "+s.Pairs[0].Title)
}
