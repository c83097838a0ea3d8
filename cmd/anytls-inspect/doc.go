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
//  3. A function (runRelay) takes that data, and opens what only this command has:
//     listeners, captures. Until then a signal ends the process at once; now it ends the
//     run. The function hands all of it to a runner: a liveRunner for relay and
//     demo, a player for replay, a pinger for ping.
//  4. The runner opens the key log and the recording, if there are any, and starts the
//     source and a drain. The source records into the journal, a relay by way of
//     tlsFailures, which tell where TLS fails. The drain has two readers of the journal: a
//     printer, for the output, and a gatherer, for the report.
//  5. The runner shows the screen, or waits. The run ends when the source ends by
//     itself, at a signal, after the duration, or when the user quits. Where standard
//     output can't be written, that ends a run whose sessions are its own, such as a ping.
//     Each of these but the first cancels the context of the run. On the screen, a ping
//     or a replay that has ended stays until the user quits.
//  6. The runner waits for the source, and closes the recording and the key log. It
//     writes the report, then the rest of the output. The summary comes last: it names
//     the outputs that failed.
//  7. run turns the error into an exit code. A closed pipe is no error.
//
// The guide goes another way from the fourth step on: [guide.Guide] has a relay and a journal for
// each of its parts. A guideRunner makes the folder of the run, has its steps told as they end, in
// lines or on a screen, and writes the report of all its scenarios. Whatever ends the process, no
// program that was started outlives it.
//
// # Outputs never hurt the traffic
//
// Nothing that carries traffic waits for an output. What the output is behind with, the
// journal keeps as long as it can. Standard error and the key log have queues, which are
// bounded. All three are written to by patientWriters: these are told to hurry when the
// run ends, and give up. From shortly after a signal on, the readers of the journal leave
// what they are behind with, and say so. So nothing that the end of a run needs waits for
// long. The type
// outputs tells what failed, once.
//
// # Guards
//
//	drain.mu              the count of events; held while a replay has the journal read
//	printer.mu            its place in the journal, and the writer; held while standard
//	                      output is written, so that a slow output holds back a replay, but
//	                      no relay
//	gatherer.mu           the collector
//	report.Watch          how late the machine itself is
//	patientWriter.turn    whose turn it is to write; held while something is written
//	patientWriter.mu      how long that may take, and why nothing more is written
//	outputs.mu            which outputs failed
//	tlsFailures.mu        the failures of TLS that were told, and how often they came again
//	warner.mu             the warnings that are kept back
//	guideScreen.mu        which steps the screen has shown that were not told, and whether
//	                      each is told as it ends
//	stderr.mu             what was dropped, and the order of texts
//	queue.mu              what waits to be written
//	undecoded.mu          why sessions of a replay were not decoded
//	keyLogReader.mu       the file of a key log, which may come later
//
// A lock is taken under one that stands above it in this table, never the other way.
//
// # Goroutines
//
// Whoever starts a goroutine waits for it, but for those that write to an output. Where
// it never takes what it is given, they end with the process.
//
//	started by            runs                       ends
//	drain.start           a flush of each reader     when the runner calls what it returned
//	                      whenever there is
//	                      something new
//	clock.Run             a ticker that tells the    when the runner calls what it returned
//	                      time, and how late it is
//	liveRunner.run        serve                      with the context of the run
//	serve                 Relay.Serve, one a route   when serve ends its context, after the
//	                                                 demo's clients have left
//	pinger.run            ping                       with its last heartbeat, or the context
//	player.watch          the replay                 with the capture, or the context
//	guideScreen.run       Guide.Run                  with the plan, or the context
//	endAtSecond           a wait for two signals     when the runner calls what it returned, or
//	                                                 with the process
//	openToRead            the opening of a file      when it is open; one that hangs is
//	                                                 given up
//	pcapng.Create         the writer of the          when the runner closes the recording,
//	                      recording, and who tells   or the recording fails; a writer that
//	                      of it                      hangs is given up
//	queue.put             the writing of what waits  when nothing waits, or the output is
//	                                                 given up
//	patientWriter.Write   one write                  when the output has taken it
package main
