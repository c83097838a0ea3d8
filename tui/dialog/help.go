package dialog

import (
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
)

// Help shows what all keys do.
type Help struct {
	commands *command.Set
	top      int // first line shown
	// When last drawn: the largest value of top, and how many lines there was room for.
	end, rows int
}

// NewHelp returns the help for the commands of a screen.
func NewHelp(commands *command.Set) *Help { return &Help{commands: commands} }

// Press implements Dialog.
func (d *Help) Press(_ string, bound *command.Command) command.Action {
	if bound == nil {
		return nil
	}
	switch run := bound.Run.(type) {
	case command.Move:
		d.top = run.Motion.Scroll(d.top, d.end, d.rows)
	case command.Help, command.Back, command.Quit, command.Open:
		return command.Dismiss{}
	}
	return nil
}

// Brief implements Dialog.
func (*Help) Brief() string { return "too small for the keys" }

// Draw implements Dialog.
func (d *Help) Draw(s *cell.Styles, w, h int) []string {
	p := &s.Row
	inner := min(66, w-2)
	lines := d.lines(p, inner)
	rows := min(len(lines), max(h-2, 0))
	d.end, d.rows = len(lines)-rows, rows
	d.top = min(d.top, d.end)
	c := cell.Content{Lines: lines[d.top : d.top+rows], Width: inner, Foot: []cell.Span{
		p.Dim.Span(" " + d.commands.Key(command.Help{}) + " or " + d.commands.Key(command.Back{}) + " closes "),
	}}
	c.First, c.Shown, c.All = d.top, rows, len(lines)
	return s.Box([]cell.Span{s.FocusTitle.Span(" Keys ")}, c, inner+2, rows+2, true)
}

// lines returns the whole help, each line w cells wide.
func (d *Help) lines(p *cell.Palette, w int) []string {
	var lines []string
	add := func(spans ...cell.Span) { lines = append(lines, cell.Line(p, spans, w)) }
	for _, g := range d.commands.Groups() {
		add(p.Dim.Span(" "), p.Strong.Span(g.Title))
		for i := range g.Commands {
			c := &g.Commands[i]
			if c.Help == "" {
				continue
			}
			name := c.Label
			for _, text := range cell.Wrap(c.Help, w-12) {
				add(p.Accent.Span(cell.Fit("  "+name, 11)), p.Text.Span(text))
				name = ""
			}
		}
		add()
	}
	add(p.Dim.Span(" "), p.Strong.Span("Signs"))
	add(p.Up.Span("  →"), p.Text.Span(" from the client   "), p.Down.Span("←"), p.Text.Span(" from the server   "),
		p.Own.Span("↯"), p.Text.Span(" made or kept by us"))
	add(p.Bad.Span("  ✗"), p.Text.Span(" error   "), p.Warn.Span("▲"), p.Text.Span(" warning   "), p.Dim.Span("•"), p.Text.Span(" note   "),
		p.Bad.Span("×"), p.Text.Span(" a heartbeat that was lost"))
	return lines
}
