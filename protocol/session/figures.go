package session

// Figures tell what became of heartbeats, and how fast they were answered. The
// screen, the output and the reports all show these. Sent is the sum of Answered,
// Lost, Cut, Unsupported and Waiting; Late ones are part of Lost and Unsupported.
type Figures struct {
	Sent        uint64 `json:"sent"`
	Answered    uint64 `json:"answered"`
	Lost        uint64 `json:"lost"`
	Late        uint64 `json:"late"`
	Cut         uint64 `json:"cut"`         // nothing more will be known of them
	Unsupported uint64 `json:"unsupported"` // not answered in a session of version 1
	// Estimated counts the round-trips that are estimates, since more heartbeats were
	// unanswered than are told apart.
	Estimated uint64 `json:"estimated,omitempty"`

	P50 Millis `json:"p50_ms"`
	P95 Millis `json:"p95_ms"`
	P99 Millis `json:"p99_ms"`
	Max Millis `json:"max_ms"`

	Waiting uint64 `json:"-"` // neither answered nor given up
	Last    Millis `json:"-"` // the newest round-trip
}

// Figures returns the figures of h as they are now.
func (h *Heartbeats) Figures() Figures {
	q := h.Quantiles()
	return Figures{
		Sent: h.Sent, Answered: h.Answered, Lost: h.Lost, Late: h.Late, Cut: h.Cut, Unsupported: h.Unsupported, Estimated: h.Estimated,
		P50: Millis(q.P50), P95: Millis(q.P95), P99: Millis(q.P99), Max: Millis(q.Max),
		Waiting: h.Waiting(), Last: Millis(h.Last),
	}
}

// Plus returns the sums of the counts of f and other, and the longer of their times.
func (f Figures) Plus(other Figures) Figures {
	return Figures{
		Sent: f.Sent + other.Sent, Answered: f.Answered + other.Answered, Lost: f.Lost + other.Lost,
		Late: f.Late + other.Late, Cut: f.Cut + other.Cut, Unsupported: f.Unsupported + other.Unsupported,
		Estimated: f.Estimated + other.Estimated,
		P50:       max(f.P50, other.P50), P95: max(f.P95, other.P95), P99: max(f.P99, other.P99), Max: max(f.Max, other.Max),
		Waiting: f.Waiting + other.Waiting, Last: max(f.Last, other.Last),
	}
}

// Settled returns how many were answered, or were given up as not answered.
func (f Figures) Settled() uint64 { return f.Answered + f.Lost + f.Unsupported }

// TowardFigures are the figures of the heartbeats toward one peer: of all of them,
// of the injected ones, and of the other peer's own.
type TowardFigures struct {
	Figures
	Injected Figures `json:"injected"`
	Own      Figures `json:"own"`
}
