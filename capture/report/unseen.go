package report

import (
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A capture may lack packets, keys, or a whole direction. What was not seen of a scenario
// stands near the top of the report, and nothing that rests on both directions passes where
// one was partly seen. What failed stays failed: no diagnostic and no lost heartbeat rests on
// what was not seen.

// partlySeen tells whether something of the scenario was not seen.
func (s *Scenario) partlySeen() bool {
	e := s.Evidence
	return e != nil && (e.Gaps != nil || len(e.Unseen) > 0 || e.Uncertain > 0)
}

// partlySeen tells whether something of a scenario was not seen.
func (r *Report) partlySeen() bool {
	return slices.ContainsFunc(r.Scenarios, func(s Scenario) bool { return s.partlySeen() })
}

// atLeast marks figures of a scenario of which not all was seen.
func (s *Scenario) atLeast(figures string) text {
	if s.partlySeen() {
		return say(kAtLeastOf, figures)
	}
	return literal(figures)
}

// within returns by how much times between the directions may be off, at most.
func (s *Scenario) within() session.Millis {
	if s.Evidence == nil {
		return 0
	}
	return max(s.Evidence.Within, 0)
}

// settled judges heartbeats as answers does. Where not all was seen, that none is answered says
// nothing.
func (s *Scenario) settled(f session.Figures) Status {
	status := answers(f)
	if status == Failed && f.Lost == 0 && s.partlySeen() {
		return NotMeasured
	}
	return status
}

// asSeen returns what a check found, as far as that can be said of what was seen. That something
// was not seen does not say that it was not sent.
func (s *Scenario) asSeen(status Status, evidence text) (Status, text) {
	none := evidence.key == kNoneSent || evidence.key == kClientSentNone
	switch {
	case !s.partlySeen(), !status.ticked() && !none:
		return status, evidence
	case none:
		evidence = say(kNoneWasSeen)
	}
	return NotMeasured, join(kSemicolon, evidence, say(kNotAllSeen)) // the section says what
}

// maxLacks bounds how many directions that were not seen are named: a report that is read may
// have any number.
const maxLacks = 20

// lacks says what was not seen of the scenario, one thing each.
func (s *Scenario) lacks() (list []text) {
	e := s.Evidence
	if e == nil {
		return nil
	}
	if g := e.Gaps; g != nil {
		list = append(list, gaps(g.Up, protocol.ClientToServer)...)
		list = append(list, gaps(g.Down, protocol.ServerToClient)...)
	}
	for i, u := range e.Unseen {
		if i == maxLacks {
			break
		}
		why := say(kForOtherReasons)
		if u.Reason != "" {
			why = literal(clean(u.Reason))
		}
		who := say(kDirectionUnseen, whose(u.Dir))
		switch at := slices.IndexFunc(e.Unseen, func(o journal.UnseenFigures) bool { return isOther(u, o) }); {
		case at > i:
			who = say(kNeitherSeen)
		case at >= 0:
			continue // it was told with the other
		}
		list = append(list, say(kUnseenIn, who, counted(u.Sessions, kOneSession, kSomeSessions), why))
	}
	if e.Within > 0 {
		list = append(list, say(kOffBy, short(e.Within)))
	}
	if e.Uncertain > 0 {
		list = append(list, say(kNoOrder, counted(e.Uncertain, kOneSession, kSomeSessions)))
	}
	return list
}

// isOther tells whether something says of the other direction what u says of its own.
func isOther(u, o journal.UnseenFigures) bool {
	return u.Reason != "" && u.Dir != o.Dir && u.Reason == o.Reason && u.Sessions == o.Sessions
}

// gaps says how many gaps a direction has; nothing where it has none.
func gaps(g *journal.GapCounts, dir protocol.Direction) []text {
	if g == nil || g.Count == 0 {
		return nil
	}
	bytes := counted(g.Bytes, kOneByte, kSomeBytes)
	switch {
	case g.Unknown >= g.Count:
		bytes = say(kUnknownBytes)
	case g.Unknown > 0:
		bytes = say(kAtLeast, bytes)
	}
	return []text{say(kGapsOf, counted(g.Count, kOneGap, kSomeGaps), bytes, whose(dir.String()))}
}

// whose names a direction by who sends.
func whose(dir string) text {
	switch dir {
	case protocol.ClientToServer.String():
		return say(kClientsDirection)
	case protocol.ServerToClient.String():
		return say(kServersDirection)
	default:
		return literal(clean(dir))
	}
}

// An unseen is the section about what was not seen.
type unseen struct {
	Title string
	Lines []string
	Note  string
}

// unseen returns the section about what was not seen, nil where all was.
func (r *Report) unseen(l Lang) *unseen {
	u := &unseen{Title: say(kWhatWasNotSeen).in(l), Note: say(kNotSeenNote).in(l)}
	if !r.partlySeen() { // all was seen, by clocks that differ
		u.Title, u.Note = say(kHowExact).in(l), say(kHowExactNote).in(l)
	}
	for n := range r.Scenarios {
		for _, lack := range r.Scenarios[n].lacks() {
			if len(r.Scenarios) > 1 {
				lack = join(kColon, say(kNumbered, r.number(n)), lack)
			}
			u.Lines = append(u.Lines, lack.in(l))
		}
	}
	if len(u.Lines) == 0 {
		return nil
	}
	return u
}
