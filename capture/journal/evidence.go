package journal

import (
	"cmp"
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// Evidence is what the source could not see of a session. The zero value is that of one of
// which all was seen. It says more than [session.Evidence], on which the tracker judges.
type Evidence struct {
	Gaps  protocol.ByDirection[Gaps]
	Blind protocol.ByDirection[Blind]
	// Within is by how much the times of the two directions may be off against one another,
	// at most; 0 where they are of one clock.
	Within time.Duration
	// Uncertain says that not even the order between the two directions is known.
	Uncertain bool
	Why       string // of Uncertain, or else of Within; printable
}

// Gaps count the places where bytes of a direction are missing, and the direction goes on.
type Gaps struct {
	Count   uint64
	Unknown uint64 // those of them of which it is not known how many bytes are missing
	Bytes   uint64 // of TLS plaintext, missing in the others
}

// Blind says why a direction is not seen. The zero value is that of one that is seen.
type Blind struct {
	Why string // printable; empty where the direction is seen
	// Later says that some of the direction was seen before.
	Later bool
}

// noWhy stands for a reason that a source left out.
const noWhy = "for a reason that is not known"

// Whole tells whether the source saw all of the session. Times that may be off don't count.
func (e *Evidence) Whole() bool {
	return !e.Uncertain && !e.PartlySeen(protocol.ClientToServer) && !e.PartlySeen(protocol.ServerToClient)
}

// PartlySeen tells whether the source did not see all of a direction.
func (e *Evidence) PartlySeen(dir protocol.Direction) bool {
	return e.Gaps[dir].Count > 0 || e.Blind[dir].Why != ""
}

// take takes what the event says is not seen, and returns what of it is new. seen says that
// bytes of the event's direction were seen before.
func (e *Evidence) take(event *capture.Event, seen bool) (l lack) {
	l = lack{kind: event.Kind, dir: event.Dir, first: *e == Evidence{}}
	whole := e.Whole()
	switch event.Kind {
	case capture.Gap:
		e.Gaps[event.Dir].add(event.Missing)
		l.missing = event.Missing
	case capture.Unseen:
		if e.Blind[event.Dir].Why != "" {
			return lack{}
		}
		l.why = cmp.Or(event.Why, noWhy)
		e.Blind[event.Dir] = Blind{Why: l.why, Later: seen}
	case capture.Closed: // which says that neither was seen
		l.why = cmp.Or(event.Why, noWhy)
		for dir := range e.Blind {
			e.Blind[dir] = Blind{Why: l.why}
		}
	case capture.Order:
		l.within, l.uncertain = max(event.Within, 0), event.Uncertain && !e.Uncertain
		if !e.Uncertain || event.Uncertain {
			e.Why = event.Why
		}
		e.Within, e.Uncertain = max(e.Within, event.Within), e.Uncertain || event.Uncertain
		l.first = l.first && *e != Evidence{Why: e.Why}
	}
	l.partly = whole && !e.Whole()
	return l
}

func (g *Gaps) add(missing int64) {
	g.Count++
	if missing < 0 {
		g.Unknown++
		return
	}
	g.Bytes += uint64(missing)
}

// A lack is what one event adds to what was not seen.
type lack struct {
	kind      capture.Kind // Gap, Unseen, Order; Closed: neither direction is seen; 0 where it adds nothing
	dir       protocol.Direction
	missing   int64
	why       string
	within    time.Duration
	uncertain bool
	first     bool // nothing was missing of the session before
	partly    bool // the session was whole before, and is no longer
}

// EvidenceTotals are what the sources could not see, in all sessions.
type EvidenceTotals struct {
	Sessions uint64 // in which something was not seen, or times may be off
	Partly   uint64 // those of them that are not whole: see [Evidence.Whole]
	Gaps     protocol.ByDirection[Gaps]
	// Blind says in how many sessions a direction was not seen, or not to its end, and why,
	// most sessions first. Of each direction few reasons are told apart.
	Blind     []BlindCount
	Within    time.Duration // the most by which times of two directions may be off
	Uncertain uint64        // sessions in which the order of the directions is not known
}

// A BlindCount counts the sessions in which a direction is not seen for one reason.
type BlindCount struct {
	Dir      protocol.Direction
	Why      string // printable; empty for the reasons beyond the first few
	Sessions uint64
}

// Whole tells whether all was seen. Times that may be off don't count.
func (t *EvidenceTotals) Whole() bool {
	return t.Gaps == protocol.ByDirection[Gaps]{} && len(t.Blind) == 0 && t.Uncertain == 0
}

// add counts what an event lacks.
func (t *EvidenceTotals) add(l *lack) {
	if l.first {
		t.Sessions++
	}
	if l.partly {
		t.Partly++
	}
	switch l.kind {
	case capture.Gap:
		t.Gaps[l.dir].add(l.missing)
	case capture.Unseen:
		t.blind(l.dir, l.why)
	case capture.Closed:
		for _, dir := range directions {
			t.blind(dir, l.why)
		}
	case capture.Order:
		t.Within = max(t.Within, l.within)
		if l.uncertain {
			t.Uncertain++
		}
	}
}

// blind counts a direction that is not seen. Of each direction, no more than maxWhys reasons
// are told apart.
func (t *EvidenceTotals) blind(dir protocol.Direction, why string) {
	find := func(why string) int {
		return slices.IndexFunc(t.Blind, func(b BlindCount) bool { return b.Dir == dir && b.Why == why })
	}
	i, of := find(why), 0
	for _, b := range t.Blind {
		if b.Dir == dir {
			of++
		}
	}
	if i < 0 && of >= maxWhys {
		i, why = find(""), ""
	}
	if i < 0 {
		i = len(t.Blind)
		t.Blind = append(t.Blind, BlindCount{Dir: dir, Why: why})
	}
	t.Blind[i].Sessions++
}

// copy returns a copy, with the reasons in their order.
func (t *EvidenceTotals) copy() EvidenceTotals {
	c := *t
	c.Blind = slices.SortedStableFunc(slices.Values(t.Blind), func(a, b BlindCount) int {
		return cmp.Or(cmp.Compare(b.Sessions, a.Sessions), cmp.Compare(a.Dir, b.Dir))
	})
	return c
}
