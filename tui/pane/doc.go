// Package pane has the screen's panes, one file a view: [Sessions], [Streams],
// [Frames], [Heartbeats], [Diagnostics] and [Detail].
//
// At each refresh, the model goes through the panes that are on the screen:
//
//  1. Ask: each pane enters into one [Query] what it has room to show. A
//     list asks for a window around its cursor, never for all rows.
//  2. The model has the query ask the journal. The answers are a [View].
//  3. Answer: each pane takes its part, and finds its cursor's row again.
//  4. Draw: each pane draws itself from a [Scene], with what package cell has.
//
// Between refreshes, the user's keys call Move. A pane knows no other pane and
// nothing of the model: the model asks it what is chosen, and turns it to
// something else (Show, Choose, Seek).
//
// A list knows its rows by keys that stay: a session's or a stream's number, an
// entry's index. Row numbers change when the journal forgets what is oldest.
//
// The package starts no goroutine and holds no lock. A pane belongs to the
// goroutine of its model. What an Answer holds (rows, data of frames) belongs to
// the view, which nobody changes once the journal has answered.
package pane
