// Package interop runs AnyTLS implementations as their authors ship them, with each other. It has
// their builds, what is expected of each pair, and the tests that need real programs. How a pair is
// started, driven and judged is the guide's own code. The README says how to run it.
//
//  1. peers.tsv lists the peers. A [Peer] finds its programs, which the script run has built, and
//     [Peer.End] has the guide know them by name.
//  2. [Pairs] are those that are run. [Pair.Guide] runs the guide on one, in this process, and keeps
//     what its relay saw beside; TestGuide has the command do it.
//  3. A check holds what the guide says of a pair against each [Expected] that is about it.
//  4. Other tests have a pair started for them, with the relay as a program in between: [Relay] and
//     [Events] read what it prints, into a [Tally], and [Lines] keep it.
//
// What guards what: Events.mu and Lines.mu each guard the fields beside them. A [Guided] is filled
// by the goroutine that runs the guide.
//
// Who ends the goroutines: the one that waits for the relay ends with it, which [Relay.Finish],
// [Relay.Kill] or its context ends.
//
// The package is a module of its own, so that the program's module graph stays free of what only the
// peers need. The peers are built as programs, never linked.
package interop
