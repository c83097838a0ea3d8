// Package program runs a model of Bubble Tea on a terminal, and restores the terminal whatever
// becomes of the model.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// ErrPanicked says that the screen panicked. The terminal was restored, and nothing
// else was touched: a relay goes on.
var ErrPanicked = errors.New("the screen fell over")

// Options say which terminal it is.
type Options struct {
	// NoColor leaves out colours.
	NoColor bool
	// Input and Output are the terminal; nil for the process's own.
	Input  io.Reader
	Output io.Writer
}

// NoColor tells whether the user wants no colours: the environment variable NO_COLOR is not
// empty. The library wants one that says true, while by convention any value turns them off.
func NoColor() bool { return os.Getenv("NO_COLOR") != "" }

// Run runs the event loop for a model, on this goroutine, until the model quits or ctx ends;
// neither is an error. It restores the terminal in any case. Where the model panicked, the error
// is [ErrPanicked]; where the terminal failed, it says why.
func Run(ctx context.Context, m tea.Model, o Options) error {
	options := []tea.ProgramOption{
		// Signals are for the whole process, not for its screen: they end ctx.
		tea.WithoutSignalHandler(),
	}
	if o.Input != nil {
		options = append(options, tea.WithInput(o.Input))
	}
	if o.Output != nil {
		options = append(options, tea.WithOutput(o.Output))
	}
	if o.NoColor {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	p := tea.NewProgram(m, options...)
	// A program that is asked to quit restores the terminal and waits for the
	// goroutine that reads it. One that is killed by a context does not wait.
	defer context.AfterFunc(ctx, p.Quit)()
	_, err := p.Run()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tea.ErrProgramPanic):
		return ErrPanicked
	default:
		return fmt.Errorf("terminal: %w", err)
	}
}
