package report

import "anytls-inspect/protocol/session"

// A StepID names a step of a run of the guide. It is stable.
type StepID string

// The steps, in the order in which they are run.
const (
	StepDirect     StepID = "direct"     // requests without the relay
	StepRelayed    StepID = "relayed"    // the same through it
	StepHeartbeats StepID = "heartbeats" // the guide's scenario 1 or 2: heartbeats both ways, with requests
	StepLogs       StepID = "logs"       // what both ends logged of that
	StepUDP        StepID = "udp"        // datagrams
	StepTargets    StepID = "targets"    // targets of all kinds
	StepIdle       StepID = "idle"       // a request after idleness
	StepLoad       StepID = "load"       // parallel requests, with heartbeats often
	StepThroughput StepID = "throughput" // with heartbeats and without, in turns
	StepBoth       StepID = "both"       // the guide's scenario 3: heartbeats both ways for long
	StepCPU        StepID = "cpu"        // CPU time with heartbeats and without, in turns
)

// A Step is a step that a run of the guide went through, or was to.
type Step struct {
	ID   StepID         `json:"step"`
	Took session.Millis `json:"took_ms"`
	// Skipped says why the step was not run; empty: it was.
	Skipped string `json:"skipped,omitempty"`
	// Failure says why the step could not be run to its end, where no figure says it; empty: it
	// was. A step with a failure has failed.
	Failure string `json:"failure,omitempty"`
	// Logged has an error of each end that logged any in the step; kept where the step failed.
	Logged []Quote `json:"logged,omitempty"`
}

// A Quote is a line of the log of an end.
type Quote struct {
	Peer string `json:"peer"` // "server", "client"
	Line string `json:"line"`
}

// A TargetKind is what came of a request to one kind of target.
type TargetKind struct {
	Kind string         `json:"kind"` // "ipv4", "ipv6", "name", "slow", "refused", "silent"
	Took session.Millis `json:"took_ms"`
	OK   bool           `json:"ok"`   // it went as it should
	Text string         `json:"text"` // what happened, for those that did not
}

// Idle is what came of a request after the pair was idle.
type Idle struct {
	Waited  session.Millis `json:"waited_ms"`
	Traffic                // the requests after it
	// Sessions is how many sessions the client opened for them: 0 where it used one again.
	Sessions uint64 `json:"sessions"`
	// Closed is how many sessions ended while the pair was idle.
	Closed uint64 `json:"closed"`
}

// A Log is what the log of a peer has of one of the guide's items.
type Log struct {
	Peer  string `json:"peer"`  // "server" or "client"
	Item  string `json:"item"`  // "received", "sent", "response", "trouble"
	Count uint64 `json:"count"` // how many lines
	// Line is the first one; of trouble the first error, where there is one among warnings.
	Line string `json:"line,omitempty"`
	// Errors is how many of Count are errors, of trouble: the others are warnings.
	Errors uint64 `json:"errors,omitempty"`
	Of     uint64 `json:"of"` // all lines of the log
	// Shared says that the peer ran already: it may have logged this of what others did.
	Shared bool   `json:"shared,omitempty"`
	Due    uint64 `json:"due"`             // how many of the item the run knows of; 0: unknown or none
	Error  string `json:"error,omitempty"` // why the log could not be read
}

// A CPUSpan is a pair of spans of time, one with heartbeats and one without.
type CPUSpan struct {
	With    CPUTime `json:"with"`
	Without CPUTime `json:"without"`
}
