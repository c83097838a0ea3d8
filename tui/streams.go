package tui

import (
	"fmt"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// streamsPane lists the chosen session's streams, in the order in which they
// were opened.
type streamsPane struct {
	list
	session capture.SessionID
}

// show turns the pane to a session.
func (p *streamsPane) show(id capture.SessionID) {
	*p = streamsPane{list: list{follow: true, rows: p.rows}, session: id}
}

// ask implements pane.
func (p *streamsPane) ask(q *journal.Query, lines int) {
	q.Streams = p.window(max(lines-1, 1))
}

// answer implements pane.
func (p *streamsPane) answer(v *journal.View) {
	keys := make([]uint64, len(v.Streams))
	for i := range v.Streams {
		keys[i] = uint64(v.Streams[i].ID)
	}
	p.list.answer(v.StreamsFrom, v.StreamsAll, keys)
}

func streamColumns(id int) []column {
	return []column{
		{title: "", least: 1, most: 1},
		{title: "id", least: id, most: id, right: true},
		{title: "state", least: 9, most: 9},
		{title: "target", least: 14},
		{title: "↑ up", least: 5, most: 5, right: true},
		{title: "↓ down", least: 6, most: 6, right: true},
		{title: "synack", least: 6, most: 6, right: true, rank: 1},
		{title: "age", least: 5, most: 6, right: true, rank: 2},
		{title: "note", least: 16, most: 40, rank: 3},
	}
}

// draw implements pane.
func (p *streamsPane) draw(s *scene, w, h int, focused bool) content {
	pal := &s.styles.row
	switch {
	case s.Session == nil && s.everyone:
		return content{width: w, lines: centred(pal, []span{
			pal.dim.span("Streams belong to a session:"), pal.dim.span("choose one above to see its streams."),
		}, w, h)}
	case s.Session == nil || s.StreamsAll == 0:
		return content{width: w, lines: centred(pal, []span{pal.dim.span("no streams yet")}, w, h)}
	}
	t := newTable(streamColumns(max(cellsFor(int(s.Session.State.LastStream)), 2)), w)
	c := content{width: w, foot: s.following(p.follow, focused)}
	p.position(&c)
	if h > 1 {
		c.lines = append(c.lines, t.header(pal, w))
	}
	rows := s.Streams
	if room := h - len(c.lines); len(rows) > room {
		first := max(min(p.at(), len(rows)-room), 0)
		rows = rows[first : first+room]
	}
	for i := range rows {
		r := &rows[i]
		pal, mark := s.marker(uint64(r.ID) == p.key, focused)
		c.lines = append(c.lines, t.line(pal, streamRow(s, pal, r, mark), w))
	}
	c.note = []span{pal.dim.span(fmt.Sprintf(" %d open · %s ", s.Session.StreamsOpen, plural(s.Session.State.Streams, "stream")))}
	if s.StreamsForgotten > 0 {
		c.note = append(c.note, pal.dim.span("· "+count(s.StreamsForgotten)+" forgotten "))
	}
	return c
}

func streamRow(s *scene, p *palette, r *session.Stream, mark span) []span {
	body := p.text
	if r.State == session.Closed {
		body = p.dim
	}
	sign, word, paint := streamState(p, r)
	target := r.Target
	if target == "" {
		target = "(target not sent yet)"
	}
	if r.UDP {
		target = "udp " + target
	}
	ack, ackPaint := "–", p.dim
	switch {
	case r.HasACK:
		ack, ackPaint = rtt(r.SYNACK), body
	case r.State == session.Opening && s.now.Sub(r.OpenedAt) > 3*time.Second:
		ack, ackPaint = "late", p.bad
	}
	end := s.now
	if r.State == session.Closed {
		end = r.LastAt
	}
	last := p.dim.span("")
	switch {
	case r.Error != "":
		last = p.bad.span(r.Error)
		// Where there is no column for it, the reason is worth more than the
		// target.
	case r.State >= session.HalfClosed:
		last = p.dim.span("closed by " + r.By.String())
	}
	return []span{
		mark,
		body.span(fmt.Sprint(r.ID)),
		paint.span(sign + " " + word),
		body.span(target),
		body.span(size(r.Up)),
		body.span(size(r.Down)),
		ackPaint.span(ack),
		p.dim.span(age(end.Sub(r.OpenedAt))),
		last,
	}
}

func streamState(p *palette, r *session.Stream) (sign, word string, paint paint) {
	switch {
	case r.Error != "":
		return "✗", "refused", p.bad
	case r.State == session.Opening:
		return "◌", "opening", p.warn
	case r.State == session.Open:
		return "●", "open", p.good
	case r.State == session.HalfClosed:
		return "◐", "half", p.warn
	default:
		return "○", "closed", p.dim
	}
}
