// Package rule makes programs of rules: what becomes of a frame that passes the relay, step
// by step. It knows frames, and no socket: a gate asks, and its link carries out.
//
// A rule is a line of text, whose expression runs to its end (package expression):
//
//	ACTION [ARGS] [once | times N | every N | with P] [after D] [for D] [toward PEER] where EXPR
//
// What happens from the text to the frame:
//
//  1. [Parse] splits the text into words (words.go), reads the action and its arguments
//     (parseaction.go, amount.go; frame.go for frames, which package script reads), the
//     modifiers and the expression (parse.go). What is wrong is an [*Error], with its place.
//  2. A [Book] numbers the rules, and switches them on and off while sessions run. What is on
//     is a page that is made anew at each change, and never written to.
//  3. A [Session] keeps what rules ask of a session's past, for both directions (past.go).
//  4. The [Judge] of a direction is shown each frame. It fills in the fields of the expressions
//     (fields.go), asks each rule that is on, in the order of their numbers, and makes the
//     [Program] of the steps of those that apply (steps.go).
//
// Which frames a rule chooses by chance depends on nothing but the seed and where the frame
// stands (chance.go), so that a run can be repeated.
//
// [Explain] says in words what a rule does, and what the known implementations make of it
// (effects.go, effectsmade.go). [Book.Summary] says what rules cost a run.
//
// Nothing here starts a goroutine or reads a clock. What is shared:
//
//	Book.mu         the rules and their numbers; held while a page is made
//	Book.page       atomic: judges load it for each frame
//	Rule            on, applied and warned are atomic; all else is never written once it is in a book
//	Session.mu      the past of a session, and its throttles; never held while a rule is asked
//	Judge           one goroutine's
//
// A new action needs a constant and its word (step.go), its arguments and its usage
// (parseaction.go), its step (steps.go), and what is said of it (explain.go, effects.go). A row
// in TestActions and one in TestExplain hold it.
package rule
