package tui

import (
	"time"

	"anytls-inspect/tui/cell"
)

// lasting is how long a status stays on the screen.
const lasting = 5 * time.Second

// A result says how far what a key asked for has come.
type result int

const (
	done    result = iota
	waits          // it will be done
	refused        // it will not be done
)

// A status says in words what a key did, or why not. The zero status is none.
type status struct {
	text  string
	how   result
	until time.Time
}

// expire removes a status that was shown for long enough. It tells whether it
// did.
func (s *status) expire(now time.Time) bool {
	if s.text == "" || now.Before(s.until) {
		return false
	}
	*s = status{}
	return true
}

// say shows a status.
func (m *Model) say(text string, how result) {
	m.status = status{text: text, how: how, until: m.opts.Clock().Add(lasting)}
	m.dirty = true
}

// footer draws the last line: a status while there is one, else what the keys do
// here.
func (m *Model) footer() string {
	p := &m.styles.Row
	if s := m.status; s.text != "" {
		sign := [...]cell.Span{done: p.Good.Span(" ✓ "), waits: p.Own.Span(" … "), refused: p.Warn.Span(" ✗ ")}[s.how]
		return cell.Line(p, []cell.Span{sign, p.Text.Span(s.text)}, m.width)
	}
	spans := []cell.Span{p.Text.Span(" ")}
	used := 1
	hints := m.keys.hints(m.focus, m.opened, m.frozen, m.opts.Control != nil)
	if m.opts.Playback != nil {
		hints = playbackHints(hints)
	}
	// The last two, for all keys and for quitting, always have room.
	last := hints[len(hints)-2:]
	reserve := 0
	for _, h := range last {
		reserve += cell.Width(h.Key) + cell.Width(h.Desc) + 3
	}
	for i, h := range hints {
		w := cell.Width(h.Key) + cell.Width(h.Desc) + 3
		// The gap behind the very last hint needs no room.
		if i < len(hints)-2 && used+w+reserve-2 > m.width {
			continue
		}
		spans = append(spans, p.Accent.Span(h.Key), p.Dim.Span(" "+h.Desc))
		if i < len(hints)-1 {
			spans = append(spans, p.Dim.Span("  "))
		}
		used += w
	}
	return cell.Line(p, spans, m.width)
}
