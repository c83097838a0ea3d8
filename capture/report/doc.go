// Package report writes down what a run showed, in the form of the interop guide for
// AnyTLS heartbeats between Go and Rust: its three scenarios, its checklist (function,
// logs, performance), its verdict, and problems with advice. A report is Markdown,
// HTML, JSON or JUnit's XML, in English or Chinese.
//
// Data flows one way:
//
//	journal ─► Collector ─┐
//	timers ──► Watch ─────┤
//	journal.Totals ───────┴─► Measure ─► Scenario ─┐
//	whoever runs peers ───────────────► Scenario ─┴─► Report ─► page ─► Markdown, HTML
//	                                                        ├─► JSON ─► Read ─► Report
//	                                                        └─► JUnit
//
// A [Scenario] is plain data: what was measured, and nothing else. Whether it passed,
// which items of the checklist are ticked, and how compatible the peers are follows
// from that data, by the methods of [Scenario] and [Report]. No field sets it by hand,
// and what was neither measured nor observed is never ticked. What others' traffic shows, which
// passes through while the run sends no requests, is observed: see observed.go, and
// observedwords.go for how it is said. [Read] reads reports that were written as JSON, and
// [Combine] makes one report of their scenarios.
//
// [Measure] makes a scenario of the journal of a live run, a replay or a ping. Whoever
// runs peers adds what only they know: which requests failed, how fast bulk data went,
// how much CPU time the peers took.
//
// A run of the guide goes through steps: see judge.go, kinds.go for what only such a run tries,
// logs.go for what its ends logged, and spans.go for CPU time. A step is judged by the same checks
// as the checklist, and whoever shows the run says what the scenario says of it.
//
// The list of problems is made of incidents: what has one cause is one problem, and is
// counted once. What is an effect of no incident that is known is a problem by its code. The
// checklist and the verdict rest on the diagnostics themselves.
//
// What a capture could not show stands near the top, and nothing that rests on it passes:
// see unseen.go. A report of what was wholly seen has nothing of it.
//
// Answers may be slow since the machine that measures them is late: a [Watch] finds that out, and
// machine.go says what follows.
//
// Sessions that came to nothing fail a scenario in which no other came about: see outcomes.go.
// A report of several pairs of peers says of each what it comes to by its own scenarios (pairs.go),
// in a table of servers and clients (matrix.go). What is known of peers beforehand stands beside
// what it may explain, and changes nothing: see habits.go.
//
// begin.go says what to do first where nothing could be measured. counted.go says which
// diagnostics stand against a pair, and overruled.go what becomes of those that its server
// overruled.
//
// The words of a report stand in words.go and in the files whose names end so, and in
// sentences.go, in each language; countwords.go counts things in them. Text from peers is
// cleaned, and escaped where it is shown. The package starts no goroutines. A Watch holds a lock
// around all that it knows, since timers and the collector tell it; nothing else of the package
// holds one.
package report
