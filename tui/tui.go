package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// ErrPanicked says that the screen fell over. The terminal was restored, and
// nothing else was touched: a relay goes on.
var ErrPanicked = errors.New("the screen fell over")

// Options are what the screen needs to know beside the journal. The zero value
// shows a journal that nobody can inject into.
type Options struct {
	// Title says what is looked at: "relay 127.0.0.1:9443 → server:443".
	Title string
	// Injector is where heartbeats are asked for; nil for a capture.
	Injector capture.Injector
	// Playback is how a capture is played; nil for what is live.
	Playback capture.Playback
	// Heartbeat is what p toggles on; each second toward the server where it is
	// zero.
	Heartbeat capture.Periodic
	// Match says which frames are shown, nil for all, and Filter is its text.
	Match  func(*journal.Entry) bool
	Filter string
	// ShowSecrets shows the credential, which is else redacted.
	ShowSecrets bool
	// NoColor leaves out colours, as the environment's NO_COLOR does.
	NoColor bool
	// Clock tells the time; nil for the real one.
	Clock func() time.Time
	// Input and Output are the terminal; nil for the process's own.
	Input  io.Reader
	Output io.Writer
}

// source is what the screen needs of a journal.
type source interface {
	Version() uint64
	View(journal.Query) *journal.View
	IndexAt(time.Time) uint64
}

// Run shows the journal until the user quits or ctx ends, which is no error.
// Where the screen panics, the terminal is restored and the error is
// [ErrPanicked].
func Run(ctx context.Context, j *journal.Journal, o Options) error {
	// The convention is any value; the library wants one that says true.
	if os.Getenv("NO_COLOR") != "" {
		o.NoColor = true
	}
	return run(ctx, New(j, o), o)
}

func run(ctx context.Context, m *Model, o Options) error {
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
	// Asked to quit, the program leaves the terminal as it found it, and waits for
	// its reader; killed by a context, it does not wait.
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

// defaultHeartbeat is what p toggles on where [Options] does not say.
func defaultHeartbeat() capture.Periodic {
	p := capture.Periodic{Every: time.Second}
	p.Toward[protocol.Server] = true
	return p
}
