package dialog

import (
	"strings"
	"testing"

	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
)

// TestHelpScrolls: the help can be read in little room, by lines, by pages, and from end
// to end.
func TestHelpScrolls(t *testing.T) {
	s := command.New(false)
	d := NewHelp(s)
	const h = 12
	first := func() string { return strings.TrimSpace(strings.Trim(d.Draw(new(cell.Styles), 80, h)[1], "│┃ ")) }
	press := func(key string) command.Action { return d.Press(key, s.Find(key)) }
	top := first()
	press("down")
	second := first()
	press("up")
	if second == top || first() != top {
		t.Errorf("down goes from %q to %q, and up to %q", top, second, first())
	}
	for range h - 3 { // one line of a page stays in sight
		press("j")
	}
	page := first()
	press("g")
	if press("pgdown"); first() != page {
		t.Errorf("a page down goes to %q, want %q", first(), page)
	}
	if press("G"); !strings.Contains(strings.Join(d.Draw(new(cell.Styles), 80, h), "\n"), "a heartbeat that was lost") {
		t.Errorf("the end of the help is %q", first())
	}
	for _, key := range []string{"?", "esc", "q", "enter"} {
		if got := press(key); got != (command.Dismiss{}) {
			t.Errorf("%q asks for %#v", key, got)
		}
	}
	for _, key := range []string{"h", "x", "space"} {
		if got := press(key); got != nil {
			t.Errorf("%q asks for %#v", key, got)
		}
	}
}
