// Package pane has the screen's panes, one file a view: [Sessions], [Streams],
// [Frames], [Heartbeats], [Incidents] and [Detail].
//
// At each refresh, the model goes through the panes that are on the screen:
//
//  1. Ask: the pane asks the journal for what it has room to show, and keeps the answer.
//     A list asks for a window around its cursor, never for all rows, and finds its
//     cursor's row again in the answer.
//  2. Draw: the pane draws itself from that answer, and from a [Scene] that all panes
//     share, with what package cell has.
//
// Between refreshes, the user's keys call Move, Open and Back. A pane knows no other
// pane and nothing of the model: what it wants of them it returns as an [Intent], and
// the model turns it to something else (Show, Choose, Seek).
//
// A pane asks as of a moment: of the journal itself while the screen follows it, of a
// snapshot while the screen is frozen. Then no answer changes, and a pane that asks about
// something else gets what that was when the screen froze. Only frames can go missing,
// since the journal evicts them: those on the screen stay there.
//
// A list knows its rows by keys that stay: a session's or a stream's number, an
// entry's index. Row numbers change when the journal forgets what is oldest. A cursor moves
// by a key, or because its list follows and says so. What is chosen and then forgotten stays
// chosen, and the pane says that it is gone.
//
// Words that say what state something is in come as a phrase, in several lengths: a column
// takes the longest that fits, so that it cuts none.
//
// The package starts no goroutine and holds no lock. A pane belongs to the
// goroutine of its model. An answer (rows, data of frames) belongs to its pane; an intent
// may point into it, and nobody changes it.
package pane
