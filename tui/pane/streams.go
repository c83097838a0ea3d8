package pane

import (
	"fmt"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// Streams lists the chosen session's streams in the order in which they were
// opened.
type Streams struct {
	list
	session capture.SessionID
	answer  journal.Streams
}

// Show turns the pane to a session; 0 stands for all, of which no streams are
// listed. The pane then follows.
func (p *Streams) Show(id capture.SessionID) {
	*p = Streams{list: list{follow: true, rows: p.rows}, session: id}
}

// Ask implements Pane.
func (p *Streams) Ask(at journal.Moment, lines int) Intent {
	p.answer = journal.Look(at, journal.AskStreams{Session: p.session, Window: p.window(max(lines-1, 1))})
	p.take(p.answer.From, p.answer.All, keysOf(p.answer.Rows, func(r *session.Stream) uint64 { return uint64(r.ID) }))
	return nil
}

// Move implements Pane.
func (p *Streams) Move(m Motion) Intent {
	p.list.Move(m)
	return nil
}

// Open implements Pane: it lists the frames of the chosen stream.
func (p *Streams) Open() Intent {
	if p.key == 0 {
		return nil
	}
	return ListFrames{Stream: uint32(p.key)}
}

// OpenHint implements Pane.
func (p *Streams) OpenHint() string { return "its frames" }

// Back implements Pane.
func (p *Streams) Back() Intent { return nil }

// streamNoteColumn is the number of the column that says what does not go on, the last.
const streamNoteColumn = 8

// streamColumns returns the columns; id is the width of stream numbers.
func streamColumns(id int) []cell.Column {
	return []cell.Column{
		{Title: "", Least: 1, Most: 1},
		{Title: "id", Least: id, Most: id, Right: true},
		{Title: "state", Least: 9, Most: 9},
		{Title: "target", Least: 14},
		{Title: "↑ up", Least: 5, Most: 5, Right: true},
		{Title: "↓ down", Least: 6, Most: 6, Right: true},
		{Title: "synack", Least: 6, Most: 6, Right: true, Rank: 1},
		{Title: "age", Least: 5, Most: 6, Right: true, Rank: 2},
		{Title: "note", Least: 16, Most: 40, Rank: 3},
	}
}

// Draw implements Pane.
func (p *Streams) Draw(s *Scene, w, h int, focused bool) cell.Content {
	pal := &s.Styles.Row
	switch {
	case s.Session == nil && s.Showing != 0:
		return cell.Content{Width: w, Lines: cell.Centred(pal, s.notHeld(), w, h)}
	case s.Session == nil:
		return cell.Content{Width: w, Lines: cell.Centred(pal, []cell.Span{
			pal.Dim.Span("Streams belong to a session:"), pal.Dim.Span("choose one above to see its streams."),
		}, w, h)}
	case p.answer.All == 0 && s.Session.State.Streams > 0:
		return cell.Content{Width: w, Lines: cell.Centred(pal, []cell.Span{
			pal.Dim.Span(cell.Plural(s.Session.State.Streams, "stream") + ", not remembered any more:"),
			pal.Dim.Span("all sessions together have too many (--history-streams)."),
		}, w, h)}
	case p.answer.All == 0:
		return cell.Content{Width: w, Lines: cell.Centred(pal, none(s, "streams", w), w, h)}
	}
	t := cell.NewTable(streamColumns(max(cellsFor(int(s.Session.State.LastStream)), 2)), w)
	c := cell.Content{Width: w, Foot: s.following(&p.list, "stream", focused)}
	p.position(&c)
	if h > 1 {
		c.Lines = append(c.Lines, t.Header(pal, w))
	}
	rows := fitting(p.answer.Rows, p.at(), h-len(c.Lines))
	for i := range rows {
		r := &rows[i]
		pal, mark := s.marker(uint64(r.ID) == p.key, focused)
		c.Lines = append(c.Lines, t.Line(pal, p.row(s, pal, r, mark, &t), w))
	}
	c.Note = []cell.Span{pal.Dim.Span(fmt.Sprintf(" %d open · %s ", s.Session.StreamsOpen, cell.Plural(s.Session.State.Streams, "stream")))}
	if p.answer.Forgotten > 0 {
		c.Note = append(c.Note, pal.Dim.Span("· "+cell.Count(p.answer.Forgotten)+" forgotten "))
	}
	if n := s.Session.State.Untracked; n > 0 {
		c.Note = append(c.Note, pal.Warn.Span("· "+cell.Count(n)+" not followed "))
	}
	return c
}

// row returns the cells of a stream in a table.
func (p *Streams) row(s *Scene, pal *cell.Palette, r *session.Stream, mark cell.Span, t *cell.Table) []cell.Span {
	body := pal.Text
	if r.State == session.Closed {
		body = pal.Dim
	}
	sign, word, paint := streamState(pal, r)
	target := r.Target
	switch {
	case target != "":
	case s.Session.Evidence.PartlySeen(protocol.ClientToServer):
		target = "(target not seen)"
	default:
		target = "(target not sent yet)"
	}
	if r.UDP {
		target = "udp " + target
	}
	ack, ackPaint := "–", pal.Dim
	switch {
	case r.HasACK:
		ack, ackPaint = cell.RTT(r.SYNACK), body
	case r.State == session.Opening && s.Now.Sub(r.OpenedAt) > session.SYNACKTimeout:
		ack, ackPaint = "late", pal.Bad
	}
	end := s.Now
	if r.State == session.Closed {
		end = r.LastAt
	}
	last := pal.Dim.Span("")
	switch still := p.standsStill(s, r); {
	case r.Error != "":
		last = pal.Bad.Span(r.Error)
	case len(still) > 0:
		last = pal.Bad.Span(still.in(t.Width(streamNoteColumn)))
	case r.State >= session.HalfClosed:
		last = pal.Dim.Span("closed by " + r.By.String())
	}
	return []cell.Span{
		mark,
		body.Span(fmt.Sprint(r.ID)),
		paint.Span(sign + " " + word),
		body.Span(target),
		body.Span(atLeast(&s.Session.Evidence, protocol.ClientToServer, r.Up)),
		body.Span(atLeast(&s.Session.Evidence, protocol.ServerToClient, r.Down)),
		ackPaint.Span(ack),
		pal.Dim.Span(cell.Age(end.Sub(r.OpenedAt))),
		last,
	}
}

// streamState returns the state of a stream, as a sign and a word.
func streamState(p *cell.Palette, r *session.Stream) (sign, word string, paint cell.Paint) {
	switch {
	case r.Error != "":
		return "✗", "refused", p.Bad
	case r.State == session.Opening:
		return "◌", "opening", p.Warn
	case r.State == session.Open:
		return "●", "open", p.Good
	case r.State == session.HalfClosed:
		return "◐", "half", p.Warn
	default:
		return "○", "closed", p.Dim
	}
}
