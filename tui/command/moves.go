package command

import (
	"strconv"
	"strings"

	"anytls-inspect/tui/pane"
)

// moves returns the commands that move a cursor, or the focus.
func moves() Group {
	commands := []Command{
		{
			Name: "up", Keys: []string{"up", "k"}, Label: "↑ k", Help: "up",
			Hint: Hint{Place: 30, Key: "↑↓", Word: in("scroll", pane.DetailID)},
			Run:  Move{pane.LineUp},
		},
		{
			Name: "down", Keys: []string{"down", "j"}, Label: "↓ j", Help: "down; from the last row: follow",
			Run: Move{pane.LineDown},
		},
		{Name: "page-up", Keys: []string{"pgup", "ctrl+b"}, Label: "pgup", Help: "a page up", Run: Move{pane.PageUp}},
		{Name: "page-down", Keys: []string{"pgdown", "ctrl+f"}, Label: "pgdn", Help: "a page down", Run: Move{pane.PageDown}},
		{Name: "top", Keys: []string{"g", "home"}, Label: "g home", Help: "first row", Run: Move{pane.ToTop}},
		{Name: "follow", Keys: []string{"G", "end"}, Label: "G end", Help: "follow the newest row", Run: Move{pane.ToEnd}},
		{
			Name: "next-pane", Keys: []string{"tab", "right"}, Label: "tab →", Help: "next pane",
			Hint: Hint{Place: 50, Key: "tab", Word: always("pane")},
			Run:  Cycle{By: 1},
		},
		{Name: "previous-pane", Keys: []string{"shift+tab", "left"}, Label: "⇧tab ←", Help: "previous pane", Run: Cycle{By: -1}},
	}
	return Group{"Move", append(commands, choices()...)}
}

// choices returns the commands that choose a pane, a key each. The first speaks for all
// in the help.
func choices() []Command {
	commands := make([]Command, pane.Count)
	for i := range commands {
		id, digit := pane.ID(i), strconv.Itoa(i+1)
		commands[i] = Command{
			Name: strings.ToLower(id.String()), Keys: []string{digit}, Label: digit, Run: Focus{id},
		}
	}
	commands[0].Label = "1–" + strconv.Itoa(len(commands))
	commands[0].Help = "choose a pane"
	return commands
}
