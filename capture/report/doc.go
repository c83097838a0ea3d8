// Package report writes down what a run showed, in the form of the interop guide
// for AnyTLS heartbeats: scenarios, a checklist, a verdict, problems and advice.
//
// What is written is of two kinds. A [Scenario] is plain data: what was measured,
// and nothing else. Whether it passed, what of the checklist is ticked and how
// compatible the peers are follows from that data, by the methods of [Scenario]
// and [Report]; there is no field to set it by hand, and what was not measured is
// never ticked. Reports that were written as JSON can be read again, and so be
// put together to a bigger one.
//
// A live command, a replay or a ping makes one scenario out of its journal
// ([Measure]); whoever runs peers adds what only they can know: which requests
// failed, how fast bulk data went, how much CPU time the peers took.
package report
