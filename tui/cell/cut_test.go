package cell

import (
	"slices"
	"testing"
)

// TestCut: what is left of a text ends with a sign where there was more.
func TestCut(t *testing.T) {
	lines := Wrap("one two three four", 7)
	for n, want := range map[int][]string{
		-1: {}, 0: {}, 1: {"one tw…"}, 2: {"one two", "three …"}, 3: {"one two", "three", "four"}, 4: {"one two", "three", "four"},
	} {
		if got := Cut(lines, n, 7); !slices.Equal(got, want) {
			t.Errorf("%d of %q are %q, want %q", n, lines, got, want)
		}
	}
	if want := []string{"one two", "three", "four"}; !slices.Equal(lines, want) {
		t.Errorf("the lines have become %q", lines)
	}
}
