package tui

import (
	"slices"
	"testing"

	"anytls-inspect/tui/pane"
)

// TestLayout: at any size the panes cover the screen, each cell once.
func TestLayout(t *testing.T) {
	for w := leastWidth; w <= 240; w += 13 {
		for h := leastHeight; h <= 80; h++ {
			for n := range 8 {
				above, opened := n/2, n%2 == 1
				if h < deskHeight && above > 1 {
					continue
				}
				covered := make([]int, w*(h-2-above))
				for _, s := range arrange(w, h, above, opened) {
					if s.h < 3 || s.w < 20 {
						t.Fatalf("%d×%d, %d lines above: slot %v is too small", w, h, above, s)
					}
					for y := s.y - 1; y < s.y-1+s.h; y++ {
						for x := s.x; x < s.x+s.w; x++ {
							covered[y*w+x]++
						}
					}
				}
				places := make([]int, pane.Count)
				for _, s := range arrange(w, h, above, opened) {
					for _, id := range s.tabs {
						places[id]++
					}
				}
				if detail := places[pane.DetailID]; detail > 1 || opened && detail == 0 || slices.Min(places[:pane.DetailID]) != 1 || slices.Max(places) != 1 {
					t.Fatalf("%d×%d opened=%v: the panes have so many places each: %v", w, h, opened, places)
				}
				if slices.Min(covered) != 1 || slices.Max(covered) != 1 {
					t.Fatalf("%d×%d opened=%v: the panes do not cover it exactly", w, h, opened)
				}
			}
		}
	}
}
