// Package guide runs the interop guide on a pair: a server and a client that somebody gives, or
// that run already. It starts them, drives traffic through the client's SOCKS inbound, past the
// relay and through it, injects heartbeats, measures, and makes a [report.Report] of it.
//
//  1. [New] takes a [Config]; [Guide.Run] goes through the steps of its plan, one after another.
//  2. A run is of parts. Each part is a scenario of the report, with a rig of its own: the server,
//     the relay with its journal, the client, the traffic's target.
//  3. A step measures, and writes what it measured into the part's scenario. What that comes to,
//     the scenario itself says: [report.Scenario.Judge].
//  4. Whoever shows the run pulls a [View] by [Guide.Look], or is told of each step that has
//     ended by [Config].Tell.
//
// Where the context ends, the step under way ends in order, and the report is of what was
// measured until then.
//
// The programs are [process]'s, the traffic is [traffic]'s.
package guide
