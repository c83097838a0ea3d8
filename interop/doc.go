// Package interop runs real traffic between AnyTLS implementations as their authors ship
// them, with the relay between them and without it, and compares the outcomes. It follows
// the interop guide for heartbeats between Go and Rust. The README says how to run it.
//
// A [Rig] is a pair of peers under way: the peer's server, perhaps the relay, the peer's
// client, and a target for requests. [Traffic] counts what came of the requests, a
// [Tally] what the relay's events said. [Pair.Judge] and [Tally.Problems] find what is
// wrong with them, and [Tally.Fill] takes them into the report.
//
// The package is a module of its own, so that the program's module graph stays free of
// what only the peers need. The peers are built as programs, never linked.
package interop
