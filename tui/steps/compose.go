package steps

import (
	"strconv"
	"strings"
	"time"

	"anytls-inspect/tui/cell"
)

// A layout says how many lines each part of the screen has. Boxed parts count their boxes.
type layout struct {
	list, detail, beats int
	notes               []string // what else is to be known
	bars                int      // lines of bars below the figures of heartbeats toward each peer
	boxed               bool
	footer              bool
}

// Sizes, in lines or cells.
const (
	leastBoxed = 60 // cells of a screen with boxes
	beatLines  = 3  // of heartbeats: a header, and the figures toward each peer
	leastText  = 3  // of a step's text in a box
	mostText   = 6
	mostBars   = 8
	mostNotes  = 2
)

// arrange divides the screen; n is how many lines the list would have.
func (m *Model) arrange(n int) layout {
	body := m.height - 1 // the header
	l := layout{footer: body >= 3}
	if l.footer {
		body--
	}
	if m.shown.Note != "" && body >= 12 {
		l.notes = cell.Cut(cell.Wrap(m.shown.Note, m.width-4), mostNotes, m.width-4)
		body -= len(l.notes)
	}
	const edges = 2
	spare := body - (n + edges) - (beatLines + edges) - (leastText + edges)
	if spare >= 0 && m.width >= leastBoxed {
		l.boxed, l.list, l.beats, l.detail = true, n+edges, beatLines+edges, leastText+edges
		text := min(spare/2, mostText-leastText)
		bars := min((spare-text)/2, mostBars)
		if bars >= 2 {
			l.bars, spare = bars, spare-2*bars
			l.beats += 2 * bars
		}
		l.detail += spare
		return l
	}
	if body >= 8 {
		l.beats = beatLines
	}
	body -= l.beats
	if l.list = min(n, body); body-l.list >= 2 {
		l.detail = body - l.list
	}
	l.list = body - l.detail
	return l
}

// compose draws the screen.
func (m *Model) compose() string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	entries := m.entries()
	l := m.arrange(max(len(entries), 1))
	lines := append(make([]string, 0, m.height), m.header())
	if m.opened {
		lines = append(lines, m.detail(l.list+l.detail, l.boxed)...)
	} else {
		lines = append(lines, m.list(entries, l.list, l.boxed)...)
		lines = append(lines, m.detail(l.detail, l.boxed)...)
	}
	lines = append(lines, m.beats(l)...)
	p := &m.styles.Row
	sign := " ▲ "
	for _, note := range l.notes {
		lines = append(lines, cell.Line(p, []cell.Span{p.Warn.Span(sign), p.Text.Span(note)}, m.width))
		sign = "   "
	}
	if l.footer {
		lines = append(lines, m.footer())
	}
	return strings.Join(lines[:min(len(lines), m.height)], "\n")
}

// header draws the first line: what is run, how much of it is over, and how long it takes.
func (m *Model) header() string {
	p := &m.styles.Row
	var over, failed int
	for i := range m.shown.Rows {
		if m.shown.Rows[i].over() {
			over++
		}
		if m.shown.Rows[i].failed() {
			failed++
		}
	}
	// Where there is no room for all, the first ones are left out first.
	var segments [][]cell.Span
	if n := len(m.shown.Rows); n > 0 {
		segments = append(segments, []cell.Span{p.Strong.Span(strconv.Itoa(over) + "/" + strconv.Itoa(n)), p.Dim.Span(" steps")})
	}
	if !m.shown.Began.IsZero() {
		segments = append(segments, []cell.Span{p.Text.Span(cell.Age(m.now.Sub(m.shown.Began)))})
	}
	if left := m.shown.left(m.now); left > 0 && !m.ending {
		segments = append(segments, []cell.Span{p.Text.Span(about(left, m.width/8) + " left")})
	}
	if failed > 0 {
		segments = append(segments, []cell.Span{p.Bad.Span("✗" + strconv.Itoa(failed))})
	}
	if m.ending {
		segments = append(segments, []cell.Span{m.styles.Cold.Span(" ENDING ")})
	}
	const name = " anytls-inspect "
	title := cell.Harmless(m.shown.Title)
	room := m.width - cell.Width(name) - 1
	// The title gives way to what has no more than these cells.
	const leastTitle, mostRight = 9, 24
	least := min(cell.Width(title), max(room-mostRight, leastTitle))
	var right []cell.Span
	for {
		right = right[:0]
		for _, s := range segments {
			right = append(append(right, p.Text.Span("  ")), s...)
		}
		if len(segments) == 0 || cell.SpansWidth(right) <= room-least {
			break
		}
		segments = segments[1:]
	}
	spans := []cell.Span{p.Accent.Span(name), p.Dim.Span(cell.Fit(title, room-cell.SpansWidth(right)))}
	return cell.Line(p, append(spans, right...), m.width)
}

// footer draws the last line: what the keys do.
func (m *Model) footer() string {
	p := &m.styles.Row
	type hint struct{ key, word string }
	hints := []hint{{"q", "end"}, {"↑↓", "choose"}, {"enter", "whole text"}}
	switch {
	case m.opened:
		hints[2].word = "list"
	case m.chosen != follows:
		hints = append(hints, hint{"esc", "follow"})
	}
	spans := []cell.Span{p.Text.Span(" ")}
	if m.ending {
		text := cell.Fitting([]string{
			"ending: what runs ends in order, then comes the report", "ending in order, then the report", "ending in order",
		}, m.width-len(" …   q leave at once"))
		spans = []cell.Span{p.Own.Span(" … "), p.Text.Span(text + "  ")}
		hints = []hint{{"q", "leave at once"}}
	}
	for _, h := range hints {
		if cell.SpansWidth(spans)+cell.Width(h.key+" "+h.word) > m.width {
			break
		}
		spans = append(spans, p.Accent.Span(h.key), p.Dim.Span(" "+h.word+"  "))
	}
	return cell.Line(p, spans, m.width)
}

// panel draws a part of the screen in h lines: in a box, or below a line with its title.
func (m *Model) panel(title string, note []cell.Span, c cell.Content, h int, boxed, focused bool) []string {
	paint := m.styles.Title
	if focused {
		paint = m.styles.FocusTitle
	}
	spans := []cell.Span{paint.Span(" " + title + " ")}
	if boxed {
		c.Note = note
		return m.styles.Box(spans, c, m.width, h, focused)
	}
	lines := make([]string, 0, h)
	if title != "" && h > 0 {
		p := &m.styles.Row
		head := append([]cell.Span{m.styles.Border.Span("─")}, spans...)
		rest := m.width - cell.SpansWidth(head) - cell.SpansWidth(note) - 1
		head = append(head, m.styles.Border.Span(strings.Repeat("─", max(rest, 0))))
		if rest >= 0 {
			head = append(head, note...)
		}
		lines = append(lines, cell.Line(p, append(head, m.styles.Border.Span("─")), m.width))
	}
	for i := 0; len(lines) < h; i++ {
		if i < len(c.Lines) {
			lines = append(lines, c.Lines[i])
		} else {
			lines = append(lines, cell.Blank(m.width))
		}
	}
	return lines
}

// inner returns how many cells there are within a panel.
func (m *Model) inner(boxed bool) int {
	if boxed {
		return m.width - 2
	}
	return m.width
}

// about returns a time that is estimated, never 0 s: with the word where so many cells have room
// for that, else with a sign.
func about(d time.Duration, cells int) string {
	text := cell.Age(min(d, 1<<62) + time.Second - 1)
	for _, none := range [...]string{"00s", "00m", "00h"} {
		text = strings.TrimSuffix(text, none)
	}
	return cell.Fitting([]string{"about " + text, "~" + text}, cells)
}
