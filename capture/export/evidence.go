package export

import (
	"strconv"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// sessionEvidence is what was not seen of a session that ended.
type sessionEvidence struct {
	Gaps      *journal.GapFigures     `json:"gaps,omitempty"`
	Unseen    []journal.UnseenFigures `json:"unseen,omitempty"`
	Within    session.Millis          `json:"within_ms,omitempty"`
	Uncertain bool                    `json:"uncertain,omitempty"` // the order of the directions is not known
}

// evidenceOf returns what was not seen of a session, nil where all was.
func evidenceOf(e *journal.Evidence) *sessionEvidence {
	f := e.Figures()
	if f == nil {
		return nil
	}
	return &sessionEvidence{f.Gaps, f.Unseen, f.Within, e.Uncertain}
}

// missing says how many bytes are missing, and of which direction.
func missing(g *journal.Gap) string {
	switch whose := journal.Whose(g.Dir); g.Bytes {
	case -1:
		return "an unknown number of bytes of " + whose + " is missing"
	case 1:
		return "1 byte of " + whose + " is missing"
	default:
		return journal.Grouped(uint64(max(g.Bytes, 0))) + " bytes of " + whose + " are missing"
	}
}

// orderText says how far times and order of the directions can be relied on.
func orderText(o *journal.Order) string {
	for _, text := range journal.OrderWords(o.Within, o.Uncertain, o.Why) {
		return text
	}
	return "times between the directions are good"
}

// carried returns a number of bytes; at least so many where not all was seen.
func carried(n uint64, partly bool) string {
	if partly {
		return "≥ " + strconv.FormatUint(n, 10)
	}
	return strconv.FormatUint(n, 10)
}

// maxPartly bounds of how many sessions a text knows what was not seen.
const maxPartly = 1 << 14

// notes takes note of which directions of which sessions were not wholly seen.
func (t *Text) notes(e *journal.Entry) {
	mark := func(dir protocol.Direction) {
		if len(t.partly) >= maxPartly { // the ends of many sessions were missed
			clear(t.partly)
		}
		seen := t.partly[e.Session]
		seen[dir] = true
		t.partly[e.Session] = seen
	}
	switch x := e.Notice.(type) {
	case journal.Gap:
		mark(x.Dir)
	case journal.Unseen:
		mark(x.Dir)
	case journal.SessionClose:
		delete(t.partly, e.Session)
	}
}
