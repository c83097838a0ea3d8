// Package interop runs real traffic between AnyTLS implementations as their authors ship
// them, with the relay between them and without it, and compares the outcomes. It follows
// the interop guide for heartbeats between Go and Rust. The README says how to run it.
//
//  1. A [Rig] starts a pair of peers: the peer's server, perhaps the relay, the peer's
//     client, and a target for requests.
//  2. [Traffic] sends requests through the client and counts what came of them. Meanwhile
//     [Events] reads what the relay prints, into a [Tally].
//  3. [Pair.Judge] and [Tally.Problems] find what is wrong with them.
//  4. [Tally.Fill] takes them into a scenario of the report, which [Results] keep.
//
// What guards what: Events.mu, Results.mu, Lines.mu and tail.mu each guard the fields beside
// them; Target.digests is a sync.Map; nextPort is atomic, and one for the whole process, as
// ports are. A Traffic belongs to the goroutine that sends it.
//
// Who ends the goroutines: the one that waits for a program ends with the program, which
// [Process.Stop], [Process.Kill] or its context ends; the target's end when it is closed;
// those of parallel requests before Parallel returns.
//
// The package is a module of its own, so that the program's module graph stays free of
// what only the peers need. The peers are built as programs, never linked.
package interop
