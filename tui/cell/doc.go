// Package cell has what panes draw with: tables, boxes, styles, charts, and texts
// made safe for a terminal. It knows no pane, no model and no journal.
//
// Everything is measured in terminal cells. A function that is given a number of
// cells returns text of exactly that width, or of at most that width where its
// comment says so, whatever text it is given. Text may come from the network: it
// passes through [Harmless], which lets nothing through that a terminal could
// take for a command, or of which two terminals could disagree how wide it is.
//
// A drawing goes through these types: a [Paint] gives a text a style and makes a
// [Span]; a [Table] or [Line] turns spans into a line; a [Content] is the lines of
// a pane; [Styles.Box] draws a box around them.
//
// The package starts no goroutine and shares nothing: values may be used by any
// goroutine, each by one at a time.
package cell
