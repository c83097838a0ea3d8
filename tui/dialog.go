package tui

import (
	"fmt"

	"charm.land/bubbles/v2/key"
)

// An action is what a dialog wants done.
type action int

const (
	stay action = iota
	dismiss
	leave // the program
)

// A dialog lies over the screen and gets the keys.
type dialog interface {
	press(keystroke string, k *keyMap) action
	// draw returns its lines, within w × h cells.
	draw(s *styles, w, h int) []string
}

// quitDialog asks before sessions are closed.
type quitDialog struct{ live int }

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
func (d quitDialog) draw(s *styles, w, h int) []string {
	p := &s.row
	what := fmt.Sprintf("%d sessions are open.", d.live)
	if d.live == 1 {
		what = "1 session is open."
	}
	inner := min(44, w-2)
	lines := []string{
		blank(inner),
		line(p, []span{p.text.span("  " + what)}, inner),
		line(p, []span{p.text.span("  Quit and close them?   "), p.accent.span("y"), p.dim.span(" / "), p.strong.span("N")}, inner),
		blank(inner),
	}
	return s.box([]span{s.focusTitle.span(" Quit ")}, content{lines: lines, width: inner}, inner+2, min(len(lines)+2, h), true)
}

// helpDialog shows all keys.
type helpDialog struct {
	keys     *keyMap
	playback bool // a capture is played
	top      int  // first line shown, where not all have room
	end      int  // the last that top can be
}

// press implements dialog.
func (d *helpDialog) press(keystroke string, k *keyMap) action {
	is := func(b key.Binding) bool {
		for _, name := range b.Keys() {
			if name == keystroke {
				return true
			}
		}
		return false
	}
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
func (d *helpDialog) draw(s *styles, w, h int) []string {
	p := &s.row
	inner := min(66, w-2)
	var lines []string
	add := func(spans ...span) { lines = append(lines, line(p, spans, inner)) }
	groups := d.keys.groups()
	if d.playback {
		groups = append([]keyGroup{newPlaybackKeys().group()}, groups...)
	}
	for i, g := range groups {
		if i > 0 {
			add()
		}
		add(p.dim.span(" "), p.strong.span(g.title))
		for _, b := range g.keys {
			for i, text := range wrap(b.Help().Desc, inner-12) {
				name := b.Help().Key
				if i > 0 {
					name = ""
				}
				add(p.accent.span(fit("  "+name, 11)), p.text.span(text))
			}
		}
	}
	add()
	add(p.dim.span(" "), p.strong.span("Signs"))
	add(p.up.span("  →"), p.text.span(" from the client   "), p.down.span("←"), p.text.span(" from the server   "),
		p.own.span("↯"), p.text.span(" made or kept by us"))
	add(p.bad.span("  ✗"), p.text.span(" error   "), p.warn.span("▲"), p.text.span(" warning   "), p.dim.span("•"), p.text.span(" note   "),
		p.bad.span("×"), p.text.span(" a heartbeat that was lost"))
	rows := min(len(lines), max(h-2, 0))
	d.end = len(lines) - rows
	d.top = min(d.top, d.end)
	c := content{lines: lines[d.top : d.top+rows], width: inner, foot: []span{p.dim.span(" ? or esc closes ")}}
	c.first, c.shown, c.all = d.top, rows, len(lines)
	return s.box([]span{s.focusTitle.span(" Keys ")}, c, inner+2, rows+2, true)
}
