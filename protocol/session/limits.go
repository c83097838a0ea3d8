package session

import "time"

// Limits that the sources, the trackers and the readers share. What only one file
// needs to know stands there.
const (
	// DefaultHeartbeatTimeout is when an unanswered HeartRequest counts as lost. No
	// known client gives up sooner than after 5 s.
	DefaultHeartbeatTimeout = 3 * time.Second
	// SlowHeartbeat is the round-trip from which on a heartbeat is slow: the interop
	// guide asks for answers within it.
	SlowHeartbeat = 100 * time.Millisecond
	// SYNACKTimeout is how long the reference client waits for a SYNACK before it
	// closes the whole session.
	SYNACKTimeout = 3 * time.Second
)

// How many HeartRequests of one direction are held.
const (
	// MaxOwed is how many a [Ledger] holds that have no answer yet. Of more, the
	// answers can't be told apart.
	MaxOwed = 1024
	// MaxInjectedOwed is how many injected ones may be without an answer before no
	// more are injected: more say nothing that these don't.
	MaxInjectedOwed = 256
	// MaxQueued is how many injected ones may wait to be written.
	MaxQueued = 64
)

// What is injected can't overflow a ledger by itself. This does not compile
// otherwise.
const _ = uint(MaxOwed - MaxInjectedOwed - MaxQueued)
