package cell

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// A Paint is a style of text. It holds the escape sequences of a lipgloss.Style,
// made once: made anew for each word, they would be most of what a screen costs.
// The zero Paint leaves text as it is.
type Paint struct{ on, off string }

func newPaint(s lipgloss.Style) Paint {
	on, off, _ := strings.Cut(s.Render("x"), "x")
	return Paint{on, off}
}

// Span returns a span of text in this style.
func (p Paint) Span(text string) Span { return Span{Paint: p, Text: text} }

// Render returns text in this style. The text must be harmless.
func (p Paint) Render(s string) string {
	if p.on == "" || s == "" {
		return s
	}
	return p.on + s + p.off
}

// A Palette has the styles of text, named by what they mean. No meaning rests on
// colour alone: a word or a sign always says the same.
type Palette struct {
	Text, Dim, Strong  Paint
	Accent             Paint // what is chosen; keys
	Good, Warn, Bad    Paint
	Up, Down           Paint // from the client; from the server
	Stream, Setup, Own Paint // opening and closing; negotiation; what the relay made or kept
	Heart              Paint // heartbeats
}

// Styles has all styles of the screen. Its zero value leaves text as it is.
type Styles struct {
	Row    Palette // text
	Chosen Palette // text in the chosen row of the pane that has the focus

	Border, Focus     Paint // boxes; the box that has the focus
	Title, FocusTitle Paint // titles; the title of the pane that has the focus
	Badge, Cold       Paint // text on a background: heartbeats go on; the screen is frozen
}

// A Look is what the terminal can show, on which the styles depend.
type Look struct {
	Profile colorprofile.Profile // how many colours it has
	Light   bool                 // its background is light
}

// hues are the colours that go with a background.
type hues struct {
	dim, border, bar, ink                            color.Color
	blue, green, yellow, red, mauve, teal, sky, rose color.Color
}

// newHues returns the colours for a look. All are lipgloss.NoColor where the
// terminal has none.
func newHues(l Look) hues {
	if l.Profile <= colorprofile.ASCII {
		none := lipgloss.NoColor{}
		return hues{none, none, none, none, none, none, none, none, none, none, none, none}
	}
	pick := lipgloss.LightDark(!l.Light)
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

// NewStyles returns the styles for a look. Without colours they are bold, faint
// and reverse.
func NewStyles(l Look) Styles {
	h := newHues(l)
	plain := lipgloss.NewStyle()
	chosen := plain.Background(h.bar)
	if l.Profile <= colorprofile.ANSI {
		// Sixteen colours have none that is only a little off the background.
		chosen = plain.Reverse(true)
	}
	badge := plain.Bold(true).Foreground(h.ink)
	if l.Profile <= colorprofile.ASCII {
		badge = plain.Bold(true).Reverse(true)
	}
	return Styles{
		Row:        newPalette(h, plain),
		Chosen:     newPalette(h, chosen),
		Border:     newPaint(plain.Foreground(h.border)),
		Focus:      newPaint(plain.Foreground(h.blue)),
		Title:      newPaint(plain.Foreground(h.dim)),
		FocusTitle: newPaint(plain.Foreground(h.blue).Bold(true)),
		Badge:      newPaint(badge.Background(h.green)),
		Cold:       newPaint(badge.Background(h.sky)),
	}
}

// newPalette returns the palette of text that has a base style, such as the
// background of the chosen row.
func newPalette(h hues, base lipgloss.Style) Palette {
	ink := func(c color.Color) Paint { return newPaint(base.Foreground(c)) }
	p := Palette{
		Text: newPaint(base), Dim: ink(h.dim), Strong: newPaint(base.Bold(true)),
		Accent: newPaint(base.Foreground(h.blue).Bold(true)),
		Good:   ink(h.green), Warn: ink(h.yellow), Bad: newPaint(base.Foreground(h.red).Bold(true)),
		Up: ink(h.sky), Down: ink(h.mauve),
		Stream: ink(h.blue), Setup: ink(h.yellow), Own: ink(h.rose), Heart: ink(h.green),
	}
	if _, none := h.dim.(lipgloss.NoColor); none {
		p.Dim = newPaint(base.Faint(true))
	}
	return p
}
