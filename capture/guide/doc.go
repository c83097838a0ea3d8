// Package guide runs the interop guide on a pair: a server and a client that somebody gives, or
// that run already. It starts them, drives traffic through the client's SOCKS inbound, past the
// relay and through it, injects heartbeats, measures, and makes scenarios of a [report.Report] of
// it.
//
//  1. [New] takes a [Config]; [Guide.Run] goes through the steps of its plan, one after another
//     (plan.go). What can't be measured of such a pair, the plan knows beforehand.
//  2. A run is of parts. Each part is a scenario of the report (partrun.go), with a rig of its own
//     (rig.go): the server, the relay with its journal (relaying.go), the client, the traffic's
//     target. The pair by itself is another rig, without the relay (direct.go).
//  3. A step measures, and writes what it measured into the part's scenario. What that comes to,
//     the scenario itself says: [report.Scenario.Judge].
//  4. A rig ends once it is known what became of the heartbeats under way: the relay first, so
//     that nobody is blamed for the end of the sessions, then the programs. Then the logs are read.
//  5. Whoever shows the run pulls a [View] by [Guide.Look], or is told of each step that has
//     ended by [Config].Tell.
//  6. A [Matrix] is a run on several pairs, one after another: a [Guide] for each, with a folder,
//     ports and programs of its own. Who shows it pulls a [MatrixView], or is told of each pair.
//
// Where an end of the pair is gone, its scenario has failed, and the rest of it is skipped; the
// next part starts the pair anew. A pair that can't be started, that fails by itself, or of which
// no request comes through the relay, gets no further part. Where the context ends, the step under
// way ends in order, and the scenarios are of what was measured until then. A pair of a matrix that had
// not begun by then has a scenario whose steps are all skipped. A pair whose program is missing has one
// that has failed for that, and nothing of it is started.
//
// In [Config].Dir there are server.pem, server-key.pem and ca.pem; for each end that is started a
// folder of its own, such as pair-server; and beside it what it wrote, such as pair-server.log.
//
// Guide.mu guards how far the run is, the newest relay, the scenarios that are over, and the
// programs that were started; all else belongs to the goroutine of Run. Matrix.mu guards which
// pair runs, and what those came to that are over. relaying.mu guards the collector, pulse.mu what
// ends the pulse. None of them is held while another is taken.
//
// Who ends the goroutines:
//
//	the relay, the reader of its journal  relaying.end, which waits
//	a pulse                               the next call of pulse.beat, which waits
//	the watch of a rig's ends             rig.while's release, which waits
//	the clock of its journal              relaying.end, by what it returned
//	what Stop ends of programs            itself; rig.end waits
//
// The programs are [process]'s, the traffic is [traffic]'s.
package guide
