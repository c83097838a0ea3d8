// Package demo is the traffic of the demo: an AnyTLS server, the targets of its
// streams, and clients that keep them busy, in one process and on loopback. The
// caller puts a relay between the clients and the server. Every byte that a client
// receives is compared with what was sent, so that a relay that changes, loses or
// holds back bytes shows in the [Stats].
//
// # Flow
//
//  1. [New] opens the listeners of the server and of the targets. The caller points
//     a relay at [Demo.ServerAddr].
//  2. [Demo.Run] starts the targets, the server ([peer.Serve]) and the clients, with
//     one goroutine for each activity.
//  3. An activity is done in rounds, with pauses between them. A round takes a session
//     through the relay: an idle one of the pool, the one that many streams share, or
//     one of its own. It opens a stream and holds a conversation in it.
//  4. The server asks dialTarget for the target of the stream. One host refuses,
//     one is slow, and all others that it knows are the same web target. Datagrams go
//     to the echo target.
//  5. A request says which noise it wants: pseudo-random bytes that follow from a seed.
//     The target makes them, the client makes them again and compares. The target
//     answers an upload with its digest.
//  6. The tally counts what came of the round.
//  7. When the context ends, so do the rounds, and the sessions are closed. Run waits
//     until the relay has closed its connections to the server, for drainTimeout at
//     most. Then the server and the targets end, and Run returns.
//
// # Guards
//
//	guard                     guards
//	tally.mu                  the Stats
//	countingListener.mu       the number of open connections
//	sharedSession.mu          the session that is shared; held while it is opened
//	clients.seeds             atomic: each session draws its padding from another seed
//	clients.datagramRounds    atomic: every other round of datagrams is connected
//	the activity's goroutine  its random numbers; nobody else draws from them
//
// # Goroutines
//
//	goroutine                 who ends it
//	an activity               Run's context, or the server's or a target's failure; Run waits
//	a request of a burst      as its activity; the round waits
//	the server, the targets   Run, once the clients have ended; Run waits
//	a connection to a target  the server, at the end of its stream; else as the targets
//
// # Protocol
//
// The pool follows the section Session reuse of the AnyTLS protocol document, and the
// server's fallback its section Authentication. Everything else of the protocol is
// package peer's.
package demo
