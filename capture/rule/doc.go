// Package rule makes programs of rules: what becomes of a frame that passes the relay, step
// by step. It knows frames, and no socket: a gate asks, and its link carries out.
//
// A rule is a line of text:
//
//	ACTION [ARGS] [once | times N | every N | with P] [after D] [for D] [toward PEER] where EXPR
//
// A [Book] has the rules of a run. Its [Session] keeps what the rules need to know of one
// session, and the [Judge] of a direction is shown each frame, and returns its [Program].
package rule
