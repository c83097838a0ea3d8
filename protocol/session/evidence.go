package session

import (
	"time"

	"anytls-inspect/protocol"
)

// Evidence is what the source of a session could see of it. No diagnostic may rest on what
// it could not see.
type Evidence struct {
	// Gaps is how many times bytes of a direction are missing, and Missing how many bytes
	// of TLS plaintext these are, as far as that is known.
	Gaps    protocol.ByDirection[uint64]
	Missing protocol.ByDirection[uint64]
	// Unseen is why nothing more of a direction is seen, printable; empty where it is seen.
	Unseen protocol.ByDirection[string]
	// Within is by how much the times of the two directions may be off against one another;
	// 0 where they are of one clock.
	Within time.Duration
	// Uncertain says that the order between the two directions is not known.
	Uncertain bool
}

// Unseen tells the tracker that nothing more of a direction is seen from now on, and why;
// printable. Bytes of it must not follow.
func (t *Tracker) Unseen(at time.Time, dir protocol.Direction, why string) {
	if t.closed {
		return
	}
	t.st.Evidence.Unseen[dir] = why
	t.Gap(at, dir, -1)
}

// Order tells the tracker how far times and order of the two directions can be relied on
// from now on: see [Evidence].
func (t *Tracker) Order(at time.Time, within time.Duration, uncertain bool) {
	if t.closed {
		return
	}
	t.Tick(at)
	e := &t.st.Evidence
	e.Within, e.Uncertain = max(e.Within, within), e.Uncertain || uncertain
}
