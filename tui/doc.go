// Package tui is the screen: sessions, streams, frames, heartbeats, diagnostics,
// and one frame or session in detail. This package has the model, the layout, the
// keys and the dialogs; package tui/pane has the panes, one file a view; package
// tui/cell has what panes draw with.
//
// The screen pulls. No frame is sent to it, and no frame waits for it:
//
//  1. The command of a tick waits until the journal has something new, at most until
//     the ages on the screen are to be drawn anew. There are at most 20 ticks a second.
//  2. Where the journal's version is not that of the view on the screen, or a key asked
//     for something else, each pane on the screen enters what it has room to show into
//     one pane.Query.
//  3. That asks the journal, which answers with copies: a pane.View. Each pane takes its
//     part.
//  4. Bubble Tea calls [Model.View] after each message. The composed screen is kept
//     until something on it changes.
//
// Keys are messages, as ticks are. A key moves the cursor of the pane that has the
// focus, goes to the dialog that lies over the screen, or asks the Control or the
// Playback for something.
//
// What guards what:
//
//	Model, panes, dialogs    the goroutine of Run: Bubble Tea's event loop
//	injectedMsg              the goroutine of its command, until it is sent
//	journal                  its own locks; an answer belongs to who asked for it
//	Model.due                a channel: the model sends, the command of a tick receives
//	Control, Playback        their own locks
//
// Who ends each goroutine:
//
//	event loop               the user, or ctx: it is asked to quit, and Run returns
//	reader, renderer         Run, before it returns
//	a tick's command         its timer, within a second
//	an injection's command   the Control, when it has answered; Run does not wait
//
// Freezing holds the view: the screen shows what was, while sessions go on. A key
// on a frozen screen may ask for what the view lacks, such as older frames or
// another session. That is shown as it is when it is asked for, but never frames
// that came after the freeze.
//
// All text goes through cell.Harmless on its way to the screen, which lets nothing
// through that a terminal could take for a command, or of which two terminals
// could disagree how wide it is.
package tui
