package session

import "time"

// Times that the sources, the trackers and the readers share. A limit that only one
// file needs stands there.
const (
	// DefaultHeartbeatTimeout is how long a HeartRequest may wait for its answer before
	// it counts as lost. No known client gives up sooner than after 5 s.
	DefaultHeartbeatTimeout = 3 * time.Second
	// SlowHeartbeat is the round-trip above which a heartbeat is slow. The interop guide
	// asks for answers within it.
	SlowHeartbeat = 100 * time.Millisecond
	// SYNACKTimeout is how long the reference client waits for a SYNACK (section
	// cmdSYNACK). Then it closes the whole session.
	SYNACKTimeout = 3 * time.Second
)

// How many HeartRequests of one direction are held.
const (
	// MaxOwed is how many requests without an answer an end of our own sends.
	MaxOwed = 1024
	// MaxSpans is how many requests without an answer a [Ledger] surely tells apart.
	// Those that go out at one time count as one. They take 100 KiB.
	MaxSpans = 4096
	// MaxInjectedOwed is how many injected requests may be without an answer. More
	// would say nothing that these don't, and some peers end a session in whose queue
	// 64 stand.
	MaxInjectedOwed = 32
	// MaxQueued is how many injected requests may wait to be written.
	MaxQueued = 64
)

// What is injected must not make times estimates by itself: this line does not compile if
// it could.
const _ = uint(MaxSpans - MaxInjectedOwed - MaxQueued)
