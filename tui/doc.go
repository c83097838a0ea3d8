// Package tui is the screen: sessions, streams, frames, heartbeats,
// diagnostics, and one frame in full.
//
// It pulls. A tick, at most 20 a second, compares the journal's version and,
// where it moved, asks for a view of exactly what is on the screen; the composed
// screen is kept until then, since Bubble Tea asks for it after every message.
// No frame is sent to the screen, and none waits for it.
//
// There is one tea.Model. The panes are plain structs, one a file: each says what
// it wants to know (ask), takes the answer (answer), moves its cursor (move) and
// draws itself (draw). Rows are chosen by name, not by number, since numbers
// change when the journal forgets.
//
// Freezing holds the view: the screen shows what was, while the wire goes on.
// What a frozen screen did not show (older frames, another session) is asked for
// when it is navigated to, as it is then; frames that came later never are.
//
// All text passes through fit on its way to the screen, which lets nothing
// through that a terminal could take for a command, and nothing of which two
// terminals could disagree how wide it is.
package tui
