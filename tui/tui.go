package tui

import (
	"context"
	"io"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/tui/program"
)

// ErrPanicked says that the screen panicked. The terminal was restored, and nothing
// else was touched: a relay goes on.
var ErrPanicked = program.ErrPanicked

// Options are what the screen needs beside the journal. The zero value shows a
// journal of sessions that nobody can inject into.
type Options struct {
	// Title says what the screen shows: "relay 127.0.0.1:9443 → server:443".
	Title string
	// Control sends heartbeats into live sessions; nil for a capture.
	Control capture.Control
	// ReadOnly says that nothing is injected.
	ReadOnly bool
	// Playback controls how a capture is played; nil for live sessions.
	Playback capture.Playback
	// Opening says what goes on before there is a session: "connecting to server:443".
	// Empty: nothing is known to go on.
	Opening string
	// Failure gets why what the screen shows has failed, a printable text with what to do;
	// what comes later takes its place, and an empty text takes it away. Who gives it closes
	// it when nothing more can come. It may be nil.
	Failure <-chan string
	// Warnings returns what was found wrong with a capture so far, oldest
	// first. It may be nil.
	Warnings func() []string
	// Heartbeat is what p turns on. Where it is zero, that is one each second
	// toward the server.
	Heartbeat capture.Periodic
	// Rules returns how many rules are on; nil where the run has none, as in a replay.
	Rules func() int
	// Match says which frames are shown; nil shows all. Filter is its text. The
	// entry has no data, and must not be changed or kept.
	Match  func(*journal.Entry) bool
	Filter string
	// ShowSecrets shows the credential, sha256(password), which is redacted
	// otherwise.
	ShowSecrets bool
	// NoColor leaves out colours, as the environment variable NO_COLOR does.
	NoColor bool
	// Clock tells the time; nil for the wall clock.
	Clock func() time.Time
	// Input and Output are the terminal; nil for the process's own.
	Input  io.Reader
	Output io.Writer
}

// Run shows the journal until the user quits or ctx ends; neither is an error. It
// restores the terminal in any case. Where the screen panicked, the error is
// [ErrPanicked]; where the terminal failed, it says why.
func Run(ctx context.Context, j *journal.Journal, o Options) error {
	o.NoColor = o.NoColor || program.NoColor()
	return run(ctx, newModel(j, o), o)
}

// run runs the event loop for a model, on this goroutine.
func run(ctx context.Context, m *Model, o Options) error {
	return program.Run(ctx, m, program.Options{NoColor: o.NoColor, Input: o.Input, Output: o.Output})
}

// defaultHeartbeat is what p turns on where [Options] does not say.
func defaultHeartbeat() capture.Periodic {
	p := capture.Periodic{Every: time.Second}
	p.Toward[protocol.Server] = true
	return p
}
