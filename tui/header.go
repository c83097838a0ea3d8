package tui

import (
	"strings"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// A segment is a part of the header. Where there is no room for all, those with
// the highest rank are left out first.
type segment struct {
	rank  int
	spans []span
}

// header draws the first line: what this is, how much there is of everything,
// and in what state the screen is.
func (m *Model) header() string {
	p := &m.styles.row
	segments := m.totals()
	segments = append(segments, m.playing()...)
	if m.beat.Every > 0 {
		segments = append(segments, segment{1, []span{m.styles.badge.span(" ♥ " + periodText(m.beat) + " ")}})
	}
	if m.frozen {
		segments = append(segments, segment{0, []span{m.styles.cold.span(" FROZEN " + m.now.Format("15:04:05") + " ")}})
	}
	const name = " anytls-inspect "
	title := harmless(m.opts.Title)
	room := m.width - len(name) - 1
	// The title gives way first, but not all of it.
	least := min(width(title), 20)
	for total(segments) > room-least && drop(&segments) {
	}
	rest := max(room-total(segments), 0)
	spans := []span{p.accent.span(name), p.dim.span(fit(title, rest))}
	for _, s := range segments {
		spans = append(spans, p.text.span("  "))
		spans = append(spans, s.spans...)
	}
	return line(p, append(spans, p.text.span(" ")), m.width)
}

// totals counts everything.
func (m *Model) totals() []segment {
	p, t := &m.styles.row, &m.view.Totals
	number := func(rank int, n, what string) segment {
		return segment{rank, []span{p.strong.span(n), p.dim.span(" " + what)}}
	}
	segments := []segment{number(3, count(m.view.SessionsLive)+"/"+count(t.Sessions), "sessions")}
	segments = append(segments, number(6, count(t.Streams), noun(t.Streams, "stream")), number(4, count(t.Frames), noun(t.Frames, "frame")))
	if frames, wire, ok := m.rates.perSecond(); ok && (frames > 0 || m.opts.Injector != nil) {
		segments = append(segments, segment{5, []span{
			p.text.span(size(frames) + "/s"),
			p.up.span(" ↑" + size(wire[protocol.ClientToServer])),
			p.down.span(" ↓" + size(wire[protocol.ServerToClient])),
			p.dim.span(" B/s"),
		}})
	}
	var odd []span
	add := func(n uint64, sign string, paint paint) {
		if n > 0 {
			odd = append(odd, paint.span(sign+count(n)+" "))
		}
	}
	add(t.Errors, "✗", p.bad)
	add(t.Warnings, "▲", p.warn)
	add(t.Notes, "•", p.dim)
	if len(odd) > 0 {
		odd[len(odd)-1].text = strings.TrimSuffix(odd[len(odd)-1].text, " ")
		segments = append(segments, segment{2, odd})
	}
	return segments
}

// periodText says in few words what periodic heartbeats go on.
func periodText(b capture.Periodic) string {
	toward := "→server"
	switch b.Toward {
	case protocol.ByPeer[bool]{true, true}:
		toward = "→both"
	case protocol.ByPeer[bool]{protocol.Client: true}:
		toward = "→client"
	}
	return short(b.Every) + " " + toward
}

func total(segments []segment) int {
	n := 0
	for _, s := range segments {
		n += 2 + spansWidth(s.spans)
	}
	return n
}

// drop leaves out the segment of the highest rank. It keeps those of rank 0.
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
