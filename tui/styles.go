package tui

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// A paint styles text. It is a style's escape sequences, taken once: rendering
// each word anew would be most of what a screen costs.
type paint struct{ on, off string }

func newPaint(s lipgloss.Style) paint {
	on, off, _ := strings.Cut(s.Render("x"), "x")
	return paint{on, off}
}

// span returns text in this style.
func (p paint) span(text string) span { return span{paint: p, text: text} }

func (p paint) text(s string) string {
	if p.on == "" || s == "" {
		return s
	}
	return p.on + s + p.off
}

// A palette is the styles of text, by what they mean. No meaning rests on colour
// alone: there is always a word or a sign too.
type palette struct {
	text, dim, strong  paint
	accent             paint // what is chosen, and keys
	good, warn, bad    paint
	up, down           paint // from the client, from the server
	stream, setup, own paint // opening and closing; negotiation; what the relay made
	heart              paint
}

// styles is how everything looks.
type styles struct {
	row    palette // text
	chosen palette // text in the chosen row of the pane that has the focus

	border, focus     paint // of panes
	title, focusTitle paint
	badge, cold       paint // on a background: good to know; frozen
}

// A look is what the styles depend on.
type look struct {
	profile colorprofile.Profile
	light   bool // the terminal's background is
}

// hues are the colours of a background.
type hues struct {
	dim, border, bar, ink                            color.Color
	blue, green, yellow, red, mauve, teal, sky, rose color.Color
}

func newHues(l look) hues {
	if l.profile <= colorprofile.ASCII {
		none := lipgloss.NoColor{}
		return hues{none, none, none, none, none, none, none, none, none, none, none, none}
	}
	pick := lipgloss.LightDark(!l.light)
	hue := func(light, dark string) color.Color { return pick(lipgloss.Color(light), lipgloss.Color(dark)) }
	return hues{
		dim: hue("#8c8fa1", "#7f849c"), border: hue("#bcc0cc", "#494d64"),
		bar: hue("#dce0e8", "#313244"), ink: hue("#eff1f5", "#11111b"),
		blue: hue("#1e66f5", "#89b4fa"), green: hue("#348a22", "#a6e3a1"),
		yellow: hue("#b8720d", "#f9e2af"), red: hue("#d20f39", "#f38ba8"),
		mauve: hue("#8839ef", "#cba6f7"), teal: hue("#14838a", "#94e2d5"),
		sky: hue("#0480b3", "#89dceb"), rose: hue("#c2467f", "#f5c2e7"),
	}
}

func newStyles(l look) styles {
	h := newHues(l)
	plain := lipgloss.NewStyle()
	chosen := plain.Background(h.bar)
	if l.profile <= colorprofile.ANSI {
		// Sixteen colours have none that is only a little off the background.
		chosen = plain.Reverse(true)
	}
	badge := plain.Bold(true).Foreground(h.ink)
	if l.profile <= colorprofile.ASCII {
		badge = plain.Bold(true).Reverse(true)
	}
	return styles{
		row:        newPalette(h, plain),
		chosen:     newPalette(h, chosen),
		border:     newPaint(plain.Foreground(h.border)),
		focus:      newPaint(plain.Foreground(h.blue)),
		title:      newPaint(plain.Foreground(h.dim)),
		focusTitle: newPaint(plain.Foreground(h.blue).Bold(true)),
		badge:      newPaint(badge.Background(h.green)),
		cold:       newPaint(badge.Background(h.sky)),
	}
}

func newPalette(h hues, base lipgloss.Style) palette {
	ink := func(c color.Color) paint { return newPaint(base.Foreground(c)) }
	p := palette{
		text: newPaint(base), dim: ink(h.dim), strong: newPaint(base.Bold(true)),
		accent: newPaint(base.Foreground(h.blue).Bold(true)),
		good:   ink(h.green), warn: ink(h.yellow), bad: newPaint(base.Foreground(h.red).Bold(true)),
		up: ink(h.sky), down: ink(h.mauve),
		stream: ink(h.blue), setup: ink(h.yellow), own: ink(h.rose), heart: ink(h.green),
	}
	if _, none := h.dim.(lipgloss.NoColor); none {
		p.dim = newPaint(base.Faint(true))
	}
	return p
}
