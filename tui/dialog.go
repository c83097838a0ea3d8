package tui

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/key"

	"anytls-inspect/tui/cell"
)

// An action is what a dialog wants done after a key.
type action int

const (
	stay    action = iota // the dialog goes on
	dismiss               // the dialog is closed
	leave                 // the program ends
)

// A dialog lies over the screen. While there is one, it gets the keys.
type dialog interface {
	// press takes a key, by Bubble Tea's name of it.
	press(keystroke string, k *keyMap) action
	// draw returns the dialog's lines, within w × h cells.
	draw(s *cell.Styles, w, h int) []string
}

// quitDialog asks whether to quit, which closes sessions.
type quitDialog struct{ live int } // sessions that are open

// press implements dialog.
func (quitDialog) press(keystroke string, _ *keyMap) action {
	switch keystroke {
	case "y", "Y":
		return leave
	case "n", "N", "esc", "enter", "q":
		return dismiss
	default:
		return stay
	}
}

// draw implements dialog.
func (d quitDialog) draw(s *cell.Styles, w, h int) []string {
	p := &s.Row
	what := fmt.Sprintf("%d sessions are open.", d.live)
	if d.live == 1 {
		what = "1 session is open."
	}
	inner := min(44, w-2)
	lines := []string{
		cell.Blank(inner),
		cell.Line(p, []cell.Span{p.Text.Span("  " + what)}, inner),
		cell.Line(p, []cell.Span{p.Text.Span("  Quit and close them?   "), p.Accent.Span("y"), p.Dim.Span(" / "), p.Strong.Span("N")}, inner),
		cell.Blank(inner),
	}
	return s.Box([]cell.Span{s.FocusTitle.Span(" Quit ")}, cell.Content{Lines: lines, Width: inner}, inner+2, min(len(lines)+2, h), true)
}

// helpDialog shows all keys.
type helpDialog struct {
	keys     *keyMap
	playback bool // a capture is played
	top      int  // first line shown
	end      int  // largest value of top, when last drawn
}

// press implements dialog.
func (d *helpDialog) press(keystroke string, k *keyMap) action {
	is := func(b key.Binding) bool { return slices.Contains(b.Keys(), keystroke) }
	switch {
	case is(k.Up), is(k.PageUp):
		d.top = max(d.top-1, 0)
	case is(k.Down), is(k.PageDown):
		d.top = min(d.top+1, d.end)
	case is(k.Help), is(k.Back), is(k.Quit), is(k.Open):
		return dismiss
	}
	return stay
}

// draw implements dialog.
func (d *helpDialog) draw(s *cell.Styles, w, h int) []string {
	p := &s.Row
	inner := min(66, w-2)
	var lines []string
	add := func(spans ...cell.Span) { lines = append(lines, cell.Line(p, spans, inner)) }
	groups := d.keys.groups()
	if d.playback {
		groups = append([]keyGroup{newPlaybackKeys().group()}, groups...)
	}
	for i, g := range groups {
		if i > 0 {
			add()
		}
		add(p.Dim.Span(" "), p.Strong.Span(g.title))
		for _, b := range g.keys {
			for i, text := range cell.Wrap(b.Help().Desc, inner-12) {
				name := b.Help().Key
				if i > 0 {
					name = ""
				}
				add(p.Accent.Span(cell.Fit("  "+name, 11)), p.Text.Span(text))
			}
		}
	}
	add()
	add(p.Dim.Span(" "), p.Strong.Span("Signs"))
	add(p.Up.Span("  →"), p.Text.Span(" from the client   "), p.Down.Span("←"), p.Text.Span(" from the server   "),
		p.Own.Span("↯"), p.Text.Span(" made or kept by us"))
	add(p.Bad.Span("  ✗"), p.Text.Span(" error   "), p.Warn.Span("▲"), p.Text.Span(" warning   "), p.Dim.Span("•"), p.Text.Span(" note   "),
		p.Bad.Span("×"), p.Text.Span(" a heartbeat that was lost"))
	rows := min(len(lines), max(h-2, 0))
	d.end = len(lines) - rows
	d.top = min(d.top, d.end)
	c := cell.Content{Lines: lines[d.top : d.top+rows], Width: inner, Foot: []cell.Span{p.Dim.Span(" ? or esc closes ")}}
	c.First, c.Shown, c.All = d.top, rows, len(lines)
	return s.Box([]cell.Span{s.FocusTitle.Span(" Keys ")}, c, inner+2, rows+2, true)
}
