package tui

import (
	"fmt"
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/tui/cell"
)

// A segment is a part of the header. Where there is no room for all, those with the
// highest rank are left out first. Those with rank 0 stay.
type segment struct {
	rank  int
	spans []cell.Span
}

// header draws the first line: what the screen shows, how much there is of
// everything, and in what state the screen is.
func (m *Model) header() string {
	p := &m.styles.Row
	segments := m.totals()
	segments = append(segments, m.playing()...)
	if m.heart.periodic.Every > 0 {
		segments = append(segments, segment{1, []cell.Span{m.styles.Badge.Span(" ♥ " + periodText(m.heart.periodic) + " ")}})
	}
	if text := m.rules(); text != "" {
		segments = append(segments, segment{0, []cell.Span{m.styles.Badge.Span(" " + text + " ")}})
	}
	if m.snapshot != nil {
		segments = append(segments, segment{0, []cell.Span{m.styles.Cold.Span(" FROZEN " + m.now.Format("15:04:05") + " ")}})
	}
	const name = " anytls-inspect "
	title := cell.Harmless(m.opts.Title)
	room := m.width - len(name) - 1
	// The title gives way first, down to 20 cells.
	least := min(cell.Width(title), 20)
	for total(segments) > room-least && drop(&segments) {
	}
	rest := max(room-total(segments), 0)
	spans := []cell.Span{p.Accent.Span(name), p.Dim.Span(cell.Fit(title, rest))}
	for _, s := range segments {
		spans = append(spans, p.Text.Span("  "))
		spans = append(spans, s.spans...)
	}
	return cell.Line(p, append(spans, p.Text.Span(" ")), m.width)
}

// totals returns the counts of everything, and the rates.
func (m *Model) totals() []segment {
	p, t := &m.styles.Row, &m.summary
	number := func(rank int, n, what string) segment {
		return segment{rank, []cell.Span{p.Strong.Span(n), p.Dim.Span(" " + what)}}
	}
	segments := []segment{number(3, cell.Count(m.summary.Live)+"/"+cell.Count(t.Sessions), "sessions")}
	segments = append(segments, number(6, cell.Count(t.Streams), cell.Noun(t.Streams, "stream")), number(4, cell.Count(t.Frames), cell.Noun(t.Frames, "frame")))
	if t.Probes > 0 {
		segments = append(segments, number(7, cell.Count(t.Probes), cell.Noun(t.Probes, "probe")))
	}
	if frames, wire, ok := m.rates.perSecond(); ok && (frames > 0 || m.opts.Control != nil) {
		segments = append(segments, segment{5, []cell.Span{
			p.Text.Span(cell.Size(frames) + "/s"),
			p.Up.Span(" ↑" + cell.Size(wire[protocol.ClientToServer])),
			p.Down.Span(" ↓" + cell.Size(wire[protocol.ServerToClient])),
			p.Dim.Span(" B/s"),
		}})
	}
	var odd []cell.Span
	add := func(n uint64, sign string, paint cell.Paint) {
		if n > 0 {
			odd = append(odd, paint.Span(sign+cell.Count(n)+" "))
		}
	}
	add(t.Errors, "✗", p.Bad)
	add(t.Warnings, "▲", p.Warn)
	add(t.Notes, "•", p.Dim)
	if len(odd) > 0 {
		odd[len(odd)-1].Text = strings.TrimSuffix(odd[len(odd)-1].Text, " ")
		segments = append(segments, segment{2, odd})
	}
	return segments
}

// rules says that rules are on, or were in what is replayed, and how often they were applied;
// empty where none is.
func (m *Model) rules() string {
	on, t := m.summary.Rules, &m.summary
	if m.opts.Rules != nil {
		if on = m.opts.Rules(); on == 0 {
			return ""
		}
	} else if t.Applied == 0 {
		return ""
	}
	applied := cell.Count(t.Applied)
	if t.Applied >= 10_000 {
		applied = cell.Size(t.Applied)
	}
	return fmt.Sprintf("rules %d · %s applied", on, applied)
}

// periodText names periodic heartbeats: how often they are sent, and toward whom.
func periodText(b capture.Periodic) string {
	toward := "→server"
	switch b.Toward {
	case protocol.ByPeer[bool]{true, true}:
		toward = "→both"
	case protocol.ByPeer[bool]{protocol.Client: true}:
		toward = "→client"
	}
	return cell.Period(b.Every) + " " + toward
}

// total returns how many cells segments take, with the gaps before them.
func total(segments []segment) int {
	n := 0
	for _, s := range segments {
		n += 2 + cell.SpansWidth(s.spans)
	}
	return n
}

// drop leaves out the segment of the highest rank. It returns false where only
// those of rank 0 are left.
func drop(segments *[]segment) bool {
	last := -1
	for i, s := range *segments {
		if s.rank > 0 && (last < 0 || s.rank > (*segments)[last].rank) {
			last = i
		}
	}
	if last < 0 {
		return false
	}
	*segments = append((*segments)[:last:last], (*segments)[last+1:]...)
	return true
}
