package dialog

import (
	"fmt"

	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
)

// Quit asks whether to quit, which closes sessions.
type Quit struct{ Live int } // sessions that are open

// Press implements Dialog.
func (Quit) Press(key string, bound *command.Command) command.Action {
	switch key {
	case "y", "Y":
		return command.Leave{}
	case "n", "N":
		return command.Dismiss{}
	}
	if bound != nil {
		switch bound.Run.(type) {
		case command.Back, command.Open, command.Quit: // none of these is a yes
			return command.Dismiss{}
		}
	}
	return nil
}

// Brief implements Dialog.
func (Quit) Brief() string { return "quit? y / N" }

// Draw implements Dialog.
func (d Quit) Draw(s *cell.Styles, w, h int) []string {
	p := &s.Row
	what := fmt.Sprintf("%d sessions are open.", d.Live)
	if d.Live == 1 {
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
