package steps

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"anytls-inspect/tui/cell"
)

// press does what a key is for. A key right after esc arrives as one with alt.
func (m *Model) press(key string) tea.Cmd {
	if after, found := strings.CutPrefix(key, "alt+"); found {
		m.back()
		key = after
	}
	if key == "q" || key == "ctrl+c" {
		return m.end()
	}
	last := len(m.current().Steps) - 1
	switch key {
	case "?":
		m.helps = !m.helps
	case "esc":
		m.back()
	case "up", "k":
		m.choose(max(m.told()-1, min(0, last)))
	case "down", "j":
		m.choose(min(m.told()+1, last))
	case "home", "g":
		m.choose(min(0, last))
	case "end", "G":
		m.choose(last)
	case "enter":
		m.choose(m.told())
		m.opened = !m.opened && (last >= 0 || m.several())
	case "right", "]", "tab":
		m.turnTo(m.at() + 1)
	case "left", "[", "shift+tab":
		m.turnTo(m.at() - 1)
	}
	return nil
}

// choose chooses a step of the pair that is shown, which is shown from now on.
func (m *Model) choose(step int) { m.pair, m.chosen, m.helps = m.at(), step, false }

// turnTo shows the steps of another pair, if there is one with this number.
func (m *Model) turnTo(pair int) {
	if m.helps = false; pair >= 0 && pair < len(m.shown.Pairs) {
		m.pair, m.chosen = pair, follows
	}
}

// back closes what was opened, else it follows the run again.
func (m *Model) back() {
	if !m.opened && !m.helps {
		m.pair, m.chosen = follows, follows
	}
	m.opened, m.helps = false, false
}

// end asks the run to end; or leaves, where that was asked for already.
func (m *Model) end() tea.Cmd {
	if m.ending || m.opts.End == nil {
		return tea.Quit
	}
	m.ending = true
	m.opts.End()
	return nil
}

// A hint says what a key does.
type hint struct{ key, word string }

// hints returns what the keys do that matter now, the most important one first.
func (m *Model) hints() []hint {
	if m.ending {
		return []hint{{"q", "leave at once"}}
	}
	hints := []hint{{"q", "end"}, {"↑↓", "choose"}}
	if m.several() {
		hints = append(hints, hint{"←→", "pairs"}, hint{"?", "keys"})
	}
	if m.opened {
		return append(hints, hint{"enter", "list"})
	}
	hints = append(hints, hint{"enter", "whole text"})
	if m.chosen != follows || m.pair != follows {
		hints = append(hints, hint{"esc", "follow"})
	}
	return hints
}

// footer draws the last line: what the keys do.
func (m *Model) footer() string {
	p := &m.styles.Row
	spans := []cell.Span{p.Text.Span(" ")}
	if m.ending {
		text := cell.Fitting([]string{
			"ending: what runs ends in order, then comes the report", "ending in order, then the report", "ending in order",
		}, m.width-len(" …   q leave at once"))
		spans = []cell.Span{p.Own.Span(" … "), p.Text.Span(text + "  ")}
	}
	for _, h := range m.hints() {
		if cell.SpansWidth(spans)+cell.Width(h.key+" "+h.word) > m.width {
			break
		}
		spans = append(spans, p.Accent.Span(h.key), p.Dim.Span(" "+h.word+"  "))
	}
	return cell.Line(p, spans, m.width)
}

// help draws what all keys do, in h lines.
func (m *Model) help(h int, boxed bool) []string {
	p := &m.styles.Row
	c := cell.Content{Width: m.inner(boxed)}
	for _, h := range [...]hint{
		{"q  ctrl+c", "end; again: leave"},
		{"↑ ↓  k j", "choose a step"},
		{"home end  g G", "the first; the last"},
		{"← →  [ ]  tab", "another pair"},
		{"enter", "the whole text; the list"},
		{"esc", "back; follow what runs"},
		{"?", "these keys"},
	} {
		c.Lines = append(c.Lines, cell.Line(p, []cell.Span{p.Accent.Span(" " + cell.Fit(h.key, 15)), p.Text.Span(h.word)}, c.Width))
	}
	return m.panel("Keys", nil, c, h, boxed, true)
}
