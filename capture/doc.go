// Package capture is the contract between where sessions come from and what
// looks at them. A source (the relay, a replay, our own client) records an [Event] for
// everything that the wire carried into a [Sink], normally the journal, from
// which every reader pulls. Injecting goes the other way, through an [Injector],
// which only live sources have.
package capture
