package steps

import (
	"strings"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

func beatColumns() []cell.Column {
	return []cell.Column{
		{Title: " heartbeats", Least: 11, Most: 11},
		{Title: "sent", Least: 4, Most: 6, Right: true},
		{Title: "ans", Least: 4, Most: 6, Right: true},
		{Title: "lost", Least: 4, Most: 5, Right: true},
		{Title: "last", Least: 6, Most: 6, Right: true},
		{Title: "p50", Least: 6, Most: 6, Right: true, Rank: 2},
		{Title: "p95", Least: 6, Most: 6, Right: true, Rank: 1},
		{Title: "max", Least: 6, Most: 6, Right: true, Rank: 3},
	}
}

// beats draws the heartbeats toward each peer: their figures, and the newest round-trips.
func (m *Model) beats(l layout) []string {
	if l.beats <= 0 {
		return nil
	}
	p, w := &m.styles.Row, m.inner(l.boxed)
	// Behind the figures stand bars, unless they have lines of their own.
	const leastBars = 8
	all, used := beatColumns(), -1
	for _, c := range all {
		used += c.Most + 1
	}
	figures := min(w, used)
	bars := w - figures - 2
	if l.bars > 0 || bars < leastBars {
		bars = 0
	}
	t := cell.NewTable(all, figures)
	c := cell.Content{Width: w}
	put := func(line, behind string, cells int) {
		c.Lines = append(c.Lines, line+p.Text.Render(cell.Blank(w-figures-cells))+behind)
	}
	put(t.Header(p, figures), "", 0)
	for _, toward := range [...]protocol.Peer{protocol.Server, protocol.Client} {
		h := &m.current().Heartbeats[toward]
		behind, cells := "", 0
		if bars > 0 {
			rows, _ := cell.Sparkline(p, h.Series, 1, bars)
			behind, cells = strings.Join(rows, "")+" ", bars+1
		}
		put(t.Line(p, figuresOf(p, t, &h.Figures, toward), figures), behind, cells)
		c.Lines = append(c.Lines, cell.Chart(p, h.Series, l.bars, w)...)
	}
	return m.panel(beatsTitle(l.boxed), nil, c, l.beats, l.boxed, false)
}

// beatsTitle returns the title of the heartbeats, which only a box has.
func beatsTitle(boxed bool) string {
	if boxed {
		return "Round-trips"
	}
	return ""
}

// figuresOf returns the figures of heartbeats toward a peer.
func figuresOf(p *cell.Palette, t cell.Table, f *session.Figures, toward protocol.Peer) []cell.Span {
	cells := []cell.Span{p.Own.Span(" →" + toward.String())}
	if f.Sent == 0 {
		for range beatColumns()[1:] {
			cells = append(cells, p.Dim.Span("–"))
		}
		return cells
	}
	lost := p.Dim.Span("0")
	switch {
	case f.Lost > 0:
		lost = p.Bad.Span(count(f.Lost, t.Width(3)))
	case f.Unsupported > 0:
		lost = p.Warn.Span("?")
	}
	return append(cells,
		p.Text.Span(count(f.Sent, t.Width(1))), p.Good.Span(count(f.Answered, t.Width(2))), lost,
		p.Strong.Span(cell.RTT(f.Last.Duration())), p.Text.Span(cell.RTT(f.P50.Duration())),
		p.Text.Span(cell.RTT(f.P95.Duration())), p.Text.Span(cell.RTT(f.Max.Duration())))
}

// count returns a count in so many cells, rounded where it has to be.
func count(n uint64, cells int) string {
	return cell.Fitting([]string{cell.Count(n), cell.Size(n)}, cells)
}
