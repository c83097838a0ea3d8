// Package dialog has what can lie over the screen, one file each: [Help], [Quit] and
// [Jump].
//
// While a dialog lies there, it gets the keys. It says with a command.Action what is to
// be done after one, and knows nothing of the model that does it.
//
// The package starts no goroutine and holds no lock. A dialog belongs to the goroutine
// of its model.
package dialog

import (
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
)

// A Dialog lies over the screen.
type Dialog interface {
	// Press takes a key: Bubble Tea's name of it, and the command that it is bound to
	// beside the dialog, nil for none. It returns what is to be done then; nil where the
	// dialog just goes on.
	Press(key string, bound *command.Command) command.Action
	// Draw returns the dialog's lines, within w × h cells.
	Draw(s *cell.Styles, w, h int) []string
	// Brief returns the dialog in a few words, for a screen that has no room for it.
	Brief() string
}
