package steps

import (
	"context"
	"io"
	"time"

	"anytls-inspect/tui/program"
)

// Options are what the screen needs.
type Options struct {
	// Look returns what there is to show. It must not block.
	Look func() Shown
	// End asks the run to end. It is called once at most, and must not block.
	End func()
	// Ending is closed when the run was asked to end by others, such as a signal; nil: never.
	Ending <-chan struct{}
	// NoColor leaves out colours, as the environment variable NO_COLOR does.
	NoColor bool
	// Clock tells the time.
	Clock func() time.Time
	// Input and Output are the terminal; nil for the process's own.
	Input  io.Reader
	Output io.Writer
}

// Run shows the steps until the run is done, the user asks for its end a second time, or ctx ends;
// none of them is an error. It restores the terminal in any case. Where the screen panicked, the
// error is [program.ErrPanicked]; where the terminal failed, it says why.
//
// It returns the list of the steps as it is then, a line each, without styles: the screen is gone,
// and whoever looked at it may want to keep that.
func Run(ctx context.Context, o Options) (list []string, err error) {
	o.NoColor = o.NoColor || program.NoColor()
	m := newModel(o)
	if err := program.Run(ctx, m, program.Options{NoColor: o.NoColor, Input: o.Input, Output: o.Output}); err != nil {
		return nil, err
	}
	return m.result(), nil
}
