package pane

import (
	"fmt"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// Sessions lists the sessions, oldest first, below a row that stands for all of
// them together. The other panes show what is chosen here.
type Sessions struct {
	list
	together bool // the row of all is chosen
	answer   journal.Sessions
}

// Chosen returns the chosen session, 0 for all. It is not known as long as the
// cursor stands on a row that only the next answer shows.
func (p *Sessions) Chosen() (id capture.SessionID, known bool) {
	if p.together {
		return 0, true
	}
	return capture.SessionID(p.key), p.key != 0
}

// Shown returns the sessions of the last answer. They must not be changed.
func (p *Sessions) Shown() []journal.SessionRow { return p.answer.Rows }

// Choose chooses a session; 0 chooses all.
func (p *Sessions) Choose(id capture.SessionID) {
	p.together, p.follow, p.key = id == 0, false, uint64(id)
}

// Ask implements Pane. The first line is for the titles, the second for the row of
// all sessions, which does not scroll.
func (p *Sessions) Ask(at journal.Moment, lines int) Intent {
	p.answer = journal.Look(at, journal.AskSessions{Window: p.window(max(lines-2, 1))})
	p.take(p.answer.From, p.answer.All, keysOf(p.answer.Rows, func(r *journal.SessionRow) uint64 { return uint64(r.ID) }))
	return p.turn()
}

// turn turns the other panes to what is chosen, once that is known.
func (p *Sessions) turn() Intent {
	if id, known := p.Chosen(); known {
		return TurnTo{Session: id}
	}
	return nil
}

// Move implements Pane.
func (p *Sessions) Move(m Motion) Intent {
	switch {
	case m == ToTop, !p.together && p.row == 0 && (m == LineUp || m == PageUp):
		p.together = true
		p.list.Move(ToTop)
	case p.together && m == LineDown:
		p.together = false
	case !p.together || m == ToEnd || m == PageDown:
		p.together = false
		p.list.Move(m)
	}
	return p.turn()
}

// Open implements Pane: it goes to the frames of the chosen session.
func (p *Sessions) Open() Intent { return ShowPane{FramesID} }

// OpenHint implements Pane.
func (p *Sessions) OpenHint() string { return "frames" }

// Back implements Pane.
func (p *Sessions) Back() Intent { return nil }

// The numbers of the columns for the client's software, the diagnostics, and the note, which
// is the last.
const softwareColumn, diagnosticsColumn, noteColumn = 4, 11, 14

// A note has at least so many cells, and at most so many before columns that matter less.
const leastNote, mostNote = 10, 38

// sessionColumns returns the columns; number is the width of session numbers, route
// that of the route's column, and note that of the longest note that has something to say.
func sessionColumns(number, route, note int) []cell.Column {
	return []cell.Column{
		{Title: "", Least: 1, Most: 1},
		{Title: "#", Least: number, Most: number, Right: true},
		{Title: "state", Least: 9, Most: 9},
		{Title: "client", Least: 19, Most: 21, Rank: 2},
		{Title: "software", Least: 14, Most: 20, Rank: 6},
		{Title: "v", Least: 1, Most: 2, Right: true, Rank: 10},
		{Title: "streams", Least: 7, Most: 7, Right: true, Rank: 3},
		{Title: "↑ up", Least: 5, Most: 5, Right: true, Rank: 7},
		{Title: "↓ down", Least: 6, Most: 6, Right: true, Rank: 7},
		{Title: "♥→srv", Least: 7, Most: 7, Right: true, Rank: 4},
		{Title: "♥→cli", Least: 7, Most: 7, Right: true, Rank: 8},
		{Title: "diag", Least: 4, Most: 4, Right: true, Rank: 5},
		{Title: "age", Least: 6, Most: 6, Right: true, Rank: 9},
		{Title: "route", Least: route, Most: route, Rank: 1},
		{Title: "note", Least: max(note, leastNote)},
	}
}

// Draw implements Pane.
func (p *Sessions) Draw(s *Scene, w, h int, focused bool) cell.Content {
	t := p.table(s, w)
	c := cell.Content{Width: w, Foot: s.following(&p.list, "session", focused)}
	if newer := p.all - 1 - p.row; newer > 0 && !p.together && !p.follow && !p.gone() {
		// The list does not turn to those that come, so it says that they did.
		c.Foot = append([]cell.Span{s.Styles.Row.Dim.Span(fmt.Sprintf(" %s newer ", cell.Count(newer)))}, c.Foot...)
	}
	p.position(&c)
	if h > 2 {
		c.Lines = append(c.Lines, t.Header(&s.Styles.Row, w))
	}
	if h > 1 {
		pal, mark := s.marker(p.together, focused)
		c.Lines = append(c.Lines, t.Line(pal, togetherRow(s, pal, mark, &t), w))
	}
	rows := fitting(p.answer.Rows, p.at(), h-len(c.Lines))
	for i := range rows {
		r := &rows[i]
		pal, mark := s.marker(!p.together && uint64(r.ID) == p.key, focused)
		c.Lines = append(c.Lines, t.Line(pal, sessionRow(s, pal, r, mark, &t), w))
	}
	pal := &s.Styles.Row
	c.Note = []cell.Span{pal.Dim.Span(fmt.Sprintf(" %d live · %s ", s.Summary.Live, cell.Plural(s.Summary.Sessions, "session")))}
	if s.Summary.SessionsEvicted > 0 {
		c.Note = append(c.Note, pal.Dim.Span("· "+cell.Count(s.Summary.SessionsEvicted)+" forgotten "))
	}
	return c
}

// togetherRow returns the cells of the row of all sessions.
func togetherRow(s *Scene, p *cell.Palette, mark cell.Span, t *cell.Table) []cell.Span {
	cells := make([]cell.Span, noteColumn+1)
	cells[0] = mark
	cells[1] = p.Dim.Span("∗")
	cells[2] = p.Text.Span("all")
	cells[3] = p.Dim.Span("sessions together")
	cells[6] = p.Text.Span(cell.Count(s.Summary.Streams))
	cells[7] = p.Dim.Span(cell.Size(s.Summary.Wire[protocol.ClientToServer]))
	cells[8] = p.Dim.Span(cell.Size(s.Summary.Wire[protocol.ServerToClient]))
	switch blocked, partly := s.Summary.Still.Blocked, s.Summary.PartlySeen; {
	case blocked > 0:
		cells[noteColumn] = p.Bad.Span(cell.Count(blocked) + " blocked")
	case partly > 0:
		cells[noteColumn] = p.Warn.Span(phrase{cell.Count(partly) + " not wholly seen", cell.Size(partly) + " partly"}.in(t.Width(noteColumn)))
	}
	return cells
}

// sessionRow returns the cells of a session in a table.
func sessionRow(s *Scene, p *cell.Palette, r *journal.SessionRow, mark cell.Span, t *cell.Table) []cell.Span {
	st := &r.State
	body := p.Text
	if r.Closed {
		body = p.Dim
	}
	sign, word, paint := phase(s, p, r)
	end := s.Now
	if r.Closed {
		end = r.ClosedAt
	}
	text, tone := sessionNote(s, p, r)
	if len(text) == 0 {
		text, tone = usual(r, !t.Shows(softwareColumn)), p.Dim
	}
	return []cell.Span{
		mark,
		body.Span(fmt.Sprint(r.ID)),
		paint.Span(sign + " " + word),
		body.Span(r.Client),
		body.Span(st.Client),
		body.Span(versionText(r)),
		body.Span(streamCounts(r)),
		body.Span(atLeast(&r.Evidence, protocol.ClientToServer, st.Payload[protocol.ClientToServer])),
		body.Span(atLeast(&r.Evidence, protocol.ServerToClient, st.Payload[protocol.ServerToClient])),
		beat(p, r, protocol.Server),
		beat(p, r, protocol.Client),
		odd(p, st),
		p.Dim.Span(cell.Age(end.Sub(r.OpenedAt))),
		body.Span(r.Route),
		tone.Span(text.onLeg(r.Leg).in(t.Width(noteColumn))),
	}
}

// odd returns how many diagnostics of its worst severity a session has.
func odd(p *cell.Palette, st *session.State) cell.Span {
	for _, v := range [...]session.Severity{session.Error, session.Warning, session.Note} {
		if n := st.Severities[v]; n > 0 {
			sign, _, paint := severity(p, v)
			return paint.Span(sign + cell.Size(n))
		}
	}
	return cell.Span{}
}

// beat returns the last round-trip time toward a peer, with a cross where
// heartbeats were lost.
func beat(p *cell.Palette, r *journal.SessionRow, toward protocol.Peer) cell.Span {
	switch {
	case r.Lost[toward] > 0 && r.Last[toward] == 0:
		return p.Bad.Span("lost")
	case r.Last[toward] == 0 && r.Waiting[toward] > 0:
		return p.Dim.Span("…")
	case r.Last[toward] == 0:
		return p.Dim.Span("–")
	case r.Lost[toward] > 0:
		return p.Warn.Span("×" + cell.RTT(r.Last[toward]))
	default:
		return p.Heart.Span(cell.RTT(r.Last[toward]))
	}
}

// table returns the table of w cells. The note has room for each session's state in its
// shortest words, before streams and heartbeats have. One that has more to say takes room
// from the columns that matter less, but not from those up to the diagnostics.
func (p *Sessions) table(s *Scene, w int) cell.Table {
	number, route := 1, routeCells(p.answer.Rows)
	if n := len(p.answer.Rows); n > 0 {
		number = cellsFor(int(p.answer.Rows[n-1].ID))
	}
	shortest, longest := noteCells(s, p.answer.Rows)
	shortest = min(max(shortest, leastNote), mostNote)
	columns := sessionColumns(number, route, shortest)
	least := cell.NewTable(columns, w)
	leastRank := columns[diagnosticsColumn].Rank
	for note := min(longest, mostNote); note > shortest; note-- {
		t := cell.NewTable(sessionColumns(number, route, note), w)
		hides := false
		for i, c := range columns {
			hides = hides || c.Rank <= leastRank && least.Shows(i) && !t.Shows(i)
		}
		if !hides {
			return t
		}
	}
	return least
}

// noteCells returns how wide the notes are that say something: the widest one in its shortest
// words, and the widest one of now, of a session that lives, in its longest.
func noteCells(s *Scene, rows []journal.SessionRow) (shortest, longest int) {
	for i := range rows {
		r := &rows[i]
		text, _ := mostWorth(s, &s.Styles.Row, r)
		text = text.onLeg(r.Leg)
		shortest = max(shortest, text.shortest())
		if !r.Closed && r.TLS != nil {
			longest = max(longest, text.longest())
		}
	}
	return shortest, longest
}
