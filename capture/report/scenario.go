package report

import (
	"time"

	"anytls-inspect/protocol/session"
)

// A Report is what was measured, and by whom and when. All else follows from it:
// see [Report.Checklist], [Report.Problems] and [Report.Verdict].
type Report struct {
	Meta
	Scenarios []Scenario `json:"scenarios"`
}

// Meta is what a report can't find out by itself.
type Meta struct {
	Generated time.Time `json:"generated"`
	Tool      string    `json:"tool"`   // name and version of the program
	Tester    string    `json:"tester"` // who ran it; left to them to fill in
}

// Combine makes a report of scenarios, in their order.
func Combine(meta Meta, scenarios ...Scenario) *Report {
	return &Report{Meta: meta, Scenarios: scenarios}
}

// A Kind says which scenario of the guide one is, or what else made it.
type Kind string

// The kinds. A scenario of another kind, or of none, is called by its title.
const (
	RustServerGoClient Kind = "rust-server-go-client" // the guide's scenario 1
	GoServerRustClient Kind = "go-server-rust-client" // 2
	BothDirections     Kind = "both-directions"       // 3
	Pair               Kind = "pair"                  // any other pair of peers
	Live               Kind = "live"                  // a relay with whatever used it
	Replayed           Kind = "replay"
	Ping               Kind = "ping"
	Demo               Kind = "demo"
)

// A Scenario is what was measured of one pair of peers, through the relay unless
// it says otherwise. Pointers are nil where something was not measured. Texts may
// come from peers; they are escaped when they are shown.
type Scenario struct {
	Kind   Kind   `json:"kind"`
	Title  string `json:"title"` // in addition to what the kind is called, or instead
	Server Peer   `json:"server"`
	Client Peer   `json:"client"`

	// Failure says why the scenario could not be run, or not to its end: a peer
	// that can't be built, a server that refuses. With it the scenario failed.
	Failure string `json:"failure"`

	Started  time.Time      `json:"started"`
	Duration session.Millis `json:"duration_ms"`
	// Interval is the time between two injected heartbeats; 0 where none were
	// injected by a timer.
	Interval session.Millis `json:"interval_ms"`

	Sessions   uint64     `json:"sessions"`
	Streams    uint64     `json:"streams"`
	Frames     uint64     `json:"frames"`
	Heartbeats Heartbeats `json:"heartbeats"`
	// Diagnostics are what the tool found odd; one entry a code.
	Diagnostics []Diagnostic `json:"diagnostics"`

	// Direct and Relayed are what came of the same traffic past the relay and
	// through it.
	Direct  *Traffic `json:"direct,omitempty"`
	Relayed *Traffic `json:"relayed,omitempty"`
	// Load is what came of requests in parallel while heartbeats were injected
	// often.
	Load       *Load       `json:"load,omitempty"`
	Throughput *Throughput `json:"throughput,omitempty"`
	CPU        []CPU       `json:"cpu,omitempty"` // one entry a peer

	Notes []string `json:"notes"`
}

// A Peer is one end of a scenario.
type Peer struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Language is what it is written in: "go" or "rust" in any case, or another,
	// or empty where that is not known.
	Language string `json:"language"`
}

// String returns name and version.
func (p Peer) String() string {
	if p.Version == "" {
		return p.Name
	}
	return p.Name + " " + p.Version
}

// Heartbeats are those of a scenario, by the peer that the requests went toward.
// The JSON form has all that the command line's summary event has of them, and
// can be read from it.
type Heartbeats struct {
	TowardServer Toward `json:"toward_server"`
	TowardClient Toward `json:"toward_client"`
	// First and Last are when the first and the last result came in, Quiet the
	// longest time between two.
	First time.Time      `json:"first,omitzero"`
	Last  time.Time      `json:"last,omitzero"`
	Quiet session.Millis `json:"quiet_ms"`
	// Missed is how many entries the journal evicted before the collector had
	// read them; series and times may lack results then. Figures do not.
	Missed uint64 `json:"missed,omitempty"`
}

// Toward are the heartbeats toward one peer: all, those that were injected, and
// the other peer's own.
type Toward struct {
	session.TowardFigures
	// Series is nil where nobody kept it.
	Series *Series `json:"series,omitempty"`
}

// A Diagnostic is how often a scenario had one of a code.
type Diagnostic struct {
	Code  session.Code `json:"code"`
	Count uint64       `json:"count"`
	// Severity is "error", "warning" or "note"; where it is empty, that of the
	// code.
	Severity string `json:"severity"`
	Text     string `json:"text"` // of the first one
}

// Traffic is what came of requests.
type Traffic struct {
	Requests uint64 `json:"requests"`
	Failed   uint64 `json:"failed"`
	// BytesCompared is how much arrived that was compared with what was sent;
	// what was not as sent counts as a failed request.
	BytesCompared uint64   `json:"bytes_compared"`
	Failures      []string `json:"failures,omitempty"` // what the first few said
}

// Load is what came of requests in parallel.
type Load struct {
	Traffic
	Parallel uint64         `json:"parallel"`    // at once
	Interval session.Millis `json:"interval_ms"` // of the heartbeats meanwhile
	// Heartbeats are those under load, both ways; the round-trips may be left out.
	Heartbeats session.Figures `json:"heartbeats"`
}

// Throughput is how fast bulk data went with heartbeats and without, in turns:
// the n-th run with them belongs to the n-th without.
type Throughput struct {
	With     []float64      `json:"with_mb_s"` // 10⁶ bytes a second
	Without  []float64      `json:"without_mb_s"`
	Interval session.Millis `json:"interval_ms"`
}

// CPU is how much CPU time a peer took with heartbeats and without, by its own
// accounting, and with all else the same.
type CPU struct {
	Peer     string         `json:"peer"` // "server" or "client", and its name
	With     CPUTime        `json:"with"`
	Without  CPUTime        `json:"without"`
	Interval session.Millis `json:"interval_ms"`
}

// CPUTime is CPU time within wall time.
type CPUTime struct {
	CPU  session.Millis `json:"cpu_ms"`
	Wall session.Millis `json:"wall_ms"`
}
