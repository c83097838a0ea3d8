package steps

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/tui/cell"
)

// A layout says how many lines each part of the screen has. Boxed parts count their boxes.
type layout struct {
	pairs, list, detail, beats int
	notes                      []string // what else is to be known
	bars                       int      // lines of bars below the figures of heartbeats toward each peer
	boxed                      bool
	titled                     bool // the list of steps says of which pair they are
	footer                     bool
}

// Sizes, in lines or cells.
const (
	leastBoxed = 60 // cells of a screen with boxes
	beatLines  = 3  // of heartbeats: a header, and the figures toward each peer
	leastText  = 3  // of a step's text in a box
	mostText   = 6
	mostBars   = 8
	mostNotes  = 2
	leastPairs = 4 // in a box, where there are so many
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
	pairs, all := 0, len(m.shown.Pairs)
	if m.several() {
		pairs = min(all, leastPairs) + edges
	}
	spare := body - pairs - (n + edges) - (beatLines + edges) - (leastText + edges)
	if spare >= 0 && m.width >= leastBoxed {
		if l.titled = m.several(); l.titled {
			more := min(all+edges-pairs, max(spare-(mostText-leastText), 0))
			l.pairs, spare = pairs+more, spare-more
		}
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
	if m.several() {
		l.pairs = min(all, max(body/4, min(1, body-1)))
		body -= l.pairs
		if l.titled = body >= 8; l.titled { // a line with the pair's name, and room for a text
			l.list = min(n+1, body-leastText-1)
			l.detail = body - l.list
			return l
		}
	}
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
	if m.helps {
		lines = append(lines, m.help(l.pairs+l.list+l.detail+l.beats, l.boxed)...)
	} else {
		lines = append(lines, m.pairs(l.pairs, l.boxed)...)
		if m.opened {
			l.list, l.detail = 0, l.list+l.detail
		}
		lines = append(lines, m.list(entries, l)...)
		lines = append(lines, m.detail(l.detail, l.boxed)...)
		lines = append(lines, m.beats(l)...)
	}
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
	title := m.shown.Title
	steps := m.current().Steps
	over, failed := tally(steps)
	all, of := len(steps), " steps"
	if m.several() {
		over, failed = m.tallyPairs()
		all, of = len(m.shown.Pairs), " pairs"
	} else {
		title += " " + m.current().Title
	}
	// Where there is no room for all, the first ones are left out first.
	var segments [][]cell.Span
	if all > 0 {
		segments = append(segments, []cell.Span{p.Strong.Span(fmt.Sprintf("%d/%d", over, all)), p.Dim.Span(of)})
	}
	if !m.shown.Began.IsZero() {
		segments = append(segments, []cell.Span{p.Text.Span(cell.Age(m.now.Sub(m.shown.Began)))})
	}
	if left := m.shown.left(m.now); left > 0 && !m.ending {
		segments = append(segments, []cell.Span{p.Text.Span(about(left, m.width/8) + " left")})
	}
	if failed > 0 {
		segments = append(segments, []cell.Span{p.Bad.Span(fmt.Sprint("✗", failed))})
	}
	if m.ending {
		segments = append(segments, []cell.Span{m.styles.Cold.Span(" ENDING ")})
	}
	const name = " anytls-inspect "
	title = cell.Harmless(title)
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

// tally counts the steps that are over, and those of them that have failed.
func tally(steps []Row) (over, failed int) {
	for i := range steps {
		if steps[i].over() {
			over++
		}
		if steps[i].failed() {
			failed++
		}
	}
	return over, failed
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

// rowsOf returns how many of h lines of a panel are within it.
func rowsOf(title string, h int, boxed bool) int {
	switch {
	case boxed:
		return h - 2
	case title != "":
		return h - 1
	default:
		return h
	}
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
