package report

import (
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// A Kind says which of the guide's scenarios a scenario is, or else what measured it.
type Kind string

// The kinds. A report calls a scenario of another kind, or of none, by its title and its peers.
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

// A Scenario is what was measured of one pair of peers, through the relay unless a field
// says otherwise. A pointer is nil where something was not measured. Texts may come from
// peers: a report escapes them.
type Scenario struct {
	Kind   Kind   `json:"kind"`
	Title  string `json:"title"` // follows the names of kind and peers, or stands for the kind's
	Server Peer   `json:"server"`
	Client Peer   `json:"client"`

	// Failure says why the scenario could not be run to its end: a peer that can't be
	// built, a server that refuses. A scenario with a failure has failed.
	Failure string `json:"failure"`

	Started  time.Time      `json:"started"`
	Duration session.Millis `json:"duration_ms"`
	// Interval is the time between two injected heartbeats; 0 where no timer injected
	// any.
	Interval session.Millis `json:"interval_ms"`

	// Routes are those of a relay that had several, in their order; nil where it had one.
	Routes []Route `json:"routes,omitempty"`

	// Rules are those that were on in the run, and how often each was applied; nil: it had none.
	Rules []Rule `json:"rules,omitempty"`

	Sessions uint64 `json:"sessions"`
	Streams  uint64 `json:"streams"`
	Frames   uint64 `json:"frames"`
	// Evidence is what was not seen; nil where all was. Its JSON form can be read from that of
	// the command line's summary.
	Evidence *journal.EvidenceFigures `json:"evidence,omitempty"`
	// Passing and Outcomes are what passed, and how far sessions came; nil where nobody counted.
	Passing    *journal.Passing  `json:"passing,omitempty"`
	Outcomes   *journal.Outcomes `json:"outcomes,omitempty"`
	Heartbeats Heartbeats        `json:"heartbeats"`
	// Machine says how late the machine itself was; nil where it was not, or nobody watched.
	Machine *Machine `json:"machine,omitempty"`
	// Diagnostics has one entry for each code and severity.
	Diagnostics []Diagnostic `json:"diagnostics"`
	// Incidents are what the diagnostics come to, the worst first, as far as they are
	// remembered. What has none here counts by its diagnostics: see [Report.Problems].
	Incidents []Incident `json:"incidents"`

	// Direct and Relayed are what came of the same traffic without the relay and
	// through it.
	Direct  *Traffic `json:"direct,omitempty"`
	Relayed *Traffic `json:"relayed,omitempty"`
	// Spaced is what came of requests one after another, while heartbeats were injected. They are
	// none of Relayed.
	Spaced *Traffic `json:"spaced,omitempty"`
	// Load is what came of parallel requests while heartbeats were injected often.
	Load       *Load       `json:"load,omitempty"`
	Throughput *Throughput `json:"throughput,omitempty"`
	CPU        []CPU       `json:"cpu,omitempty"` // one entry for each peer

	// Steps are those of a run of the guide, in its order; nil: it was no such run.
	Steps     []Step       `json:"steps,omitempty"`
	UDP       *Traffic     `json:"udp,omitempty"`        // datagrams through the relay
	UDPDirect *Traffic     `json:"udp_direct,omitempty"` // the same without it
	Targets   []TargetKind `json:"targets,omitempty"`
	Idle      *Idle        `json:"idle,omitempty"`
	Logs      []Log        `json:"logs,omitempty"`

	// Habits are what is known of the peers beforehand, beside what was measured.
	Habits []Habit `json:"habits,omitempty"`

	Notes []string `json:"notes"`
}

// A Peer is one end of a scenario.
type Peer struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Language is the programming language: "go", "rust" or another, in upper or lower
	// case; empty where it is not known.
	Language string `json:"language"`
	// Build tells it from others of its name and version that are in the same run, such as by the
	// folder that it is in; empty: there are none.
	Build string `json:"build,omitempty"`
	// Untried says that it was started and understood by what is known of such a program, which
	// nobody tries regularly.
	Untried bool `json:"untried,omitempty"`
}

// A Habit is something that an implementation is known to do, and that others may trip over.
type Habit struct {
	Peer    string `json:"peer"` // "server" or "client"
	English string `json:"en"`
	Chinese string `json:"zh,omitempty"` // empty: as in English
	// Codes are the diagnostics and problems that may come of it; none: it only is to be known.
	Codes []string `json:"codes,omitempty"`
}

// String returns name and version, and of which build it is, where that is said.
func (p Peer) String() string {
	s := p.Name
	if p.Version != "" {
		s += " " + p.Version
	}
	if p.Build != "" {
		s += " (" + p.Build + ")"
	}
	return s
}

// Heartbeats are the heartbeats of a scenario, by the peer that the requests went toward.
// Its JSON form can be read from the heartbeats of the command line's summary.
type Heartbeats struct {
	TowardServer Toward `json:"toward_server"`
	TowardClient Toward `json:"toward_client"`
	// First and Last are the times of the first and the last result, Quiet is the
	// longest time between two.
	First time.Time      `json:"first,omitzero"`
	Last  time.Time      `json:"last,omitzero"`
	Quiet session.Millis `json:"quiet_ms"`
	// Missed is how many entries the collector did not read: the journal had evicted them,
	// or the run had to end.
	// The series and the times may then lack results; the figures do not.
	Missed uint64 `json:"missed,omitempty"`
}

// Toward are the heartbeats toward one peer, with their round-trips over time.
type Toward struct {
	session.TowardFigures
	// Series is nil where nothing was answered or lost, or where nobody kept it.
	Series *Series `json:"series,omitempty"`
	// Blocked says for how long bytes toward the peer did not move; nil where they always
	// did.
	Blocked *Standstill `json:"blocked,omitempty"`
	// Withheld says why injected requests could not be sent, and for how long. What was not
	// sent is not in the figures.
	Withheld []Withheld `json:"withheld,omitempty"`
	// Slow holds slow round-trips against how late the machine was; nil where none was slow,
	// or nobody watched.
	Slow *Slow `json:"slow,omitempty"`
}

// A Standstill says how often something stood still, and for how long.
type Standstill struct {
	Times   uint64         `json:"times"`
	All     session.Millis `json:"all_ms"`
	Longest session.Millis `json:"longest_ms"`
}

// Withheld says for how long requests could not be sent for one reason.
type Withheld struct {
	Why string `json:"why"` // empty: for other reasons
	Standstill
}

// A Diagnostic says how often a scenario had diagnostics of one code and severity.
type Diagnostic struct {
	Code  session.Code `json:"code"`
	Count uint64       `json:"count"`
	// Severity is "error", "warning" or "note". Where it is empty, it is that of the
	// code.
	Severity string `json:"severity"`
	Text     string `json:"text"` // of the first one
	// Overruled is how many of them the server overruled, by accepting their sessions.
	Overruled uint64 `json:"overruled,omitempty"`
}

// Traffic is what came of requests.
type Traffic struct {
	Requests uint64 `json:"requests"`
	Failed   uint64 `json:"failed"`
	// BytesCompared is how many bytes arrived and were compared with what was sent.
	// A request whose bytes differ counts as failed.
	BytesCompared uint64   `json:"bytes_compared"`
	Failures      []string `json:"failures,omitempty"` // the errors of the first few
}

// Load is what came of parallel requests.
type Load struct {
	Traffic
	Parallel uint64         `json:"parallel"`    // how many at once
	Interval session.Millis `json:"interval_ms"` // of the heartbeats meanwhile
	// Heartbeats are those under load, in both directions. The round-trips may be left
	// out.
	Heartbeats session.Figures `json:"heartbeats"`
}

// Throughput is how fast bulk data went with heartbeats and without, in turns: the n-th
// run with heartbeats belongs to the n-th run without.
type Throughput struct {
	With     []float64      `json:"with_mb_s"` // 10⁶ bytes a second
	Without  []float64      `json:"without_mb_s"`
	Interval session.Millis `json:"interval_ms"`
}

// CPU is how much CPU time a peer took with heartbeats and without, with all else the
// same.
type CPU struct {
	Peer     string         `json:"peer"` // "server" or "client", and its name
	With     CPUTime        `json:"with"`
	Without  CPUTime        `json:"without"`
	Interval session.Millis `json:"interval_ms"`
	// Spans are what With and Without are the sums of, in turns, where it was measured so: in
	// nanoseconds, by the kernel's scheduler.
	Spans []CPUSpan `json:"spans,omitempty"`
}

// CPUTime is the CPU time that was taken within some wall time.
type CPUTime struct {
	CPU  session.Millis `json:"cpu_ms"`
	Wall session.Millis `json:"wall_ms"`
}
