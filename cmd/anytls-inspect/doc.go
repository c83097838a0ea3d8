// Anytls-inspect is a frame-level debugging tool for AnyTLS: a relay that decodes
// every frame between a client and a server, shows sessions, streams and
// heartbeats, and injects HeartRequests.
//
// This package is the command line. It wires the other packages together and does
// nothing else. Each subcommand has a file; so has each thing that several
// subcommands share (output, heartbeat, password, recording, report …). The flags,
// the exit codes and what goes to standard output are a contract: scripts rely on
// them.
//
// # The flow of a run
//
//  1. newRoot makes the commands. Each has a struct of flags (relayFlags), which
//     registers the flags and holds their raw values.
//  2. The method config checks and parses the raw values, and reads the small files
//     that they name: password, routes, roots, certificate. It returns plain data
//     (relayConfig). A mistake in the command line is a usageError.
//  3. A function (runRelay) takes that data, and opens what only this command has: key
//     log, listeners, capture. It hands all of it to a runner: a liveRunner for relay
//     and demo, a player for replay, a pinger for ping.
//  4. The runner opens the recording, if there is one, and starts the source and a
//     drain. The source records into the journal. The drain reads the journal, for the
//     output and for the report.
//  5. The runner shows the screen, or waits. The run ends when the source ends by
//     itself, at a signal, after the duration, when the user quits, or when the
//     output can't be written. All but the first cancel the context of the run. On the
//     screen, a ping or a replay that has ended stays until the user quits.
//  6. The runner waits for the source, closes the recording, and stops the clock and
//     the drain. The drain writes the rest and the summary. The report comes last.
//  7. run turns the error into an exit code. A closed pipe is no error.
//
// # Guards
//
//	drain.mu      the cursor, the writer and the collector; held while standard output
//	              is written, so that a slow output holds back a replay, but no relay
//	warner.mu     the warnings on standard error, and those that are kept back
//	keyLog.once   the warning that a key log can't be written
//
// # Goroutines
//
// Whoever starts a goroutine waits for it.
//
//	started by        runs                           ends
//	drain.start       a flush whenever there is      when the runner calls what it returned
//	                  something new
//	runClock          a ticker that tells the time   when the runner calls what it returned
//	liveRunner.run    serve                          with the context of the run
//	serve             Relay.Serve, one a route       when serve ends its context, after the
//	                                                 demo's clients have left
//	pinger.run        ping                           with its last heartbeat, or the context
//	player.watch      the replay                     with the capture, or the context
//	pcapng.Create     the writer of the recording,   when the runner closes the recording,
//	                  and who tells of it            or the recording fails; a writer that
//	                                                 hangs is given up
package main
