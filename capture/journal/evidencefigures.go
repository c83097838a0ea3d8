package journal

import (
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// EvidenceFigures are [EvidenceTotals] as JSON has them: in the summary of a run, and in the
// report.
type EvidenceFigures struct {
	Sessions  uint64          `json:"sessions,omitempty"` // in which something was not seen, or times may be off
	Gaps      *GapFigures     `json:"gaps,omitempty"`
	Unseen    []UnseenFigures `json:"unseen,omitempty"`    // most sessions first
	Within    session.Millis  `json:"within_ms,omitempty"` // the most by which times of two directions may be off
	Uncertain uint64          `json:"uncertain_sessions,omitempty"`
}

// GapFigures are the gaps of each direction; nil where there are none.
type GapFigures struct {
	Up   *GapCounts `json:"c2s,omitempty"`
	Down *GapCounts `json:"s2c,omitempty"`
}

// GapCounts are [Gaps] as JSON has them.
type GapCounts struct {
	Count   uint64 `json:"count"`
	Bytes   uint64 `json:"bytes"`
	Unknown uint64 `json:"unknown,omitempty"` // those of Count of which it is not known how many bytes are missing
}

// UnseenFigures are a [BlindCount] as JSON has it.
type UnseenFigures struct {
	Dir      string `json:"dir"`
	Reason   string `json:"reason"` // empty for the reasons beyond the first few
	Sessions uint64 `json:"sessions,omitempty"`
}

// Figures returns the totals as JSON has them; nil where all was seen and times are good.
func (t *EvidenceTotals) Figures() *EvidenceFigures {
	if t.Sessions == 0 {
		return nil
	}
	f := &EvidenceFigures{Sessions: t.Sessions, Gaps: gapFigures(&t.Gaps), Within: session.Millis(t.Within), Uncertain: t.Uncertain}
	for _, b := range t.Blind {
		f.Unseen = append(f.Unseen, UnseenFigures{b.Dir.String(), b.Why, b.Sessions})
	}
	return f
}

// Figures returns what was not seen of a session as JSON has it; nil where all was seen and
// times are good. Counts of sessions are left out, but for that of an order that is not known.
func (e *Evidence) Figures() *EvidenceFigures {
	if e.Whole() && e.Within == 0 {
		return nil
	}
	f := &EvidenceFigures{Gaps: gapFigures(&e.Gaps), Within: session.Millis(e.Within)}
	for _, dir := range directions {
		if why := e.Blind[dir].Why; why != "" {
			f.Unseen = append(f.Unseen, UnseenFigures{Dir: dir.String(), Reason: why})
		}
	}
	if e.Uncertain {
		f.Uncertain = 1
	}
	return f
}

func gapFigures(g *protocol.ByDirection[Gaps]) *GapFigures {
	if *g == (protocol.ByDirection[Gaps]{}) {
		return nil
	}
	counts := func(g Gaps) *GapCounts {
		if g.Count == 0 {
			return nil
		}
		return &GapCounts{g.Count, g.Bytes, g.Unknown}
	}
	return &GapFigures{Up: counts(g[protocol.ClientToServer]), Down: counts(g[protocol.ServerToClient])}
}
