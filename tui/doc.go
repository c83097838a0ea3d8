// Package tui is the screen: sessions, streams, frames, heartbeats, incidents,
// and one frame or session in detail. This package has the model, the layout, the
// refresh and the input; package tui/command has the table of all commands, tui/pane the
// panes, one file a view, tui/dialog what can lie over them, and tui/cell what all of
// them draw with.
//
// The screen pulls. No frame is sent to it, and no frame waits for it:
//
//  1. The Cmd of a tick waits until the journal has something new, at most until
//     the ages on the screen are to be drawn anew. There are at most 20 ticks a second.
//  2. Where the journal's version is not that on the screen, or a key asked for something
//     else, each pane on the screen asks the journal for what it has room to show, and
//     keeps the answer.
//  3. Bubble Tea calls [Model.View] after each message. The composed screen is kept
//     until something on it changes.
//
// Keys are messages, as ticks are:
//
//  1. A key that a dialog does not take is looked up in the table of commands.
//  2. The command, if it is enabled, runs an action, which the model does: it asks the
//     Control or the Playback for something, or moves the cursor of a pane.
//  3. What the pane wants of the others then, it returns as an intent, which the model
//     heeds.
//
// What guards what:
//
//	Model, panes, dialogs    the goroutine of Run: Bubble Tea's event loop
//	injectedMsg              the goroutine of its Cmd, until it is sent
//	journal                  its own locks; an answer belongs to who asked for it
//	journal.Snapshot         nothing: it does not change
//	Model.due                a channel: the model sends, the Cmd of a tick receives
//	Control, Playback        their own locks
//
// Who ends each goroutine:
//
//	event loop               the user, or ctx: it is asked to quit, and Run returns
//	reader, renderer         Run, before it returns
//	a tick's Cmd             its timer, within a second
//	an injection's Cmd       the Control, when it has answered; Run does not wait
//	the Cmd of a failure     who gives Options.Failure, by closing it; Run does not wait
//
// A frozen screen asks a snapshot of the journal in the journal's place: all that it
// shows, also what a key turns it to, is as it was when it froze, while sessions go on.
//
// All text goes through cell.Harmless on its way to the screen, which lets nothing
// through that a terminal could take for an order, or of which two terminals
// could disagree how wide it is.
package tui
