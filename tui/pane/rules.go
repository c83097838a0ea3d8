package pane

import (
	"fmt"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// fatePhrase says what became of a frame, in fewer and fewer words, before what it carries.
func fatePhrase(f session.Fate, text string) phrase {
	word := f.Kind.String()
	if f.Kind == session.Forwarded {
		word = "touched"
	}
	short := "↯ " + word
	if f.Held != 0 {
		short += " " + cell.RTT(f.Held)
	}
	long := short
	if f.Rule != 0 {
		long += fmt.Sprintf(" by rule %d", f.Rule)
		short += fmt.Sprintf(" r%d", f.Rule)
	}
	if text == "" {
		return phrase{long, short}
	}
	return phrase{long + "  " + text, short + "  " + text}
}

// waitingRow returns the cells of a frame that a rule lets wait, in the table of frames, for info
// of so many cells. It stands where the frame came; the frame has a row of its own where it goes.
func waitingRow(s *Scene, p *cell.Palette, e *journal.Entry, mark cell.Span, info int) []cell.Span {
	a, _ := e.Notice.(session.Application)
	stream := "–"
	if a.Header.Stream != 0 {
		stream = fmt.Sprint(a.Header.Stream)
	}
	why := fmt.Sprintf("… rule %d: %s", a.Rule, a.Action)
	text := phrase{why}
	if a.Text != "" {
		text = phrase{why + " " + a.Text, why}
	}
	if a.All && !a.Stalls() {
		text = phrase{why + " all " + a.Text, why + " all"}
	}
	return []cell.Span{
		mark,
		p.Dim.Span(s.stamp(e.At, s.since())),
		p.Own.Span(fmt.Sprint(e.Session)),
		p.Own.Span(cell.Arrow(a.Dir)),
		p.Own.Span("… " + a.Name()),
		p.Own.Span(stream),
		p.Own.Span(cell.Count(a.Header.Length)),
		p.Own.Span(text.in(info)),
	}
}

// waitingFields describes a frame that a rule lets wait.
func waitingFields(s *Scene, e *journal.Entry) []field {
	p := &s.Styles.Row
	a, _ := e.Notice.(session.Application)
	rule := fmt.Sprintf("%d: %s", a.Rule, a.Action)
	if a.Text != "" {
		rule += " " + a.Text
	}
	what := a.Name()
	if a.Header.Stream != 0 {
		what += fmt.Sprintf(" of stream %d", a.Header.Stream)
	}
	label, behind := "waits", "the frames of its stream wait behind it; other streams go on, and it has a row of its own when it goes"
	switch {
	case a.Stalls():
		label, behind = "with", "nothing more is read of the "+a.Dir.Sender().String()+" for that time, though this frame goes"
	case a.All || a.Preamble:
		behind = "all of the direction waits behind it, and it has a row of its own when it goes"
	}
	return []field{
		{label: label, value: what + ", " + cell.Plural(int(a.Header.Length), "byte") + " of data", paint: p.Own},
		{label: "rule", value: rule, paint: p.Own},
		{label: "direction", value: fmt.Sprintf("%s %v to %v", cell.Arrow(a.Dir), a.Dir.Sender(), a.Dir.Receiver()), paint: directionPaint(p, a.Dir)},
		{label: "time", value: frameTime(s, e), paint: p.Text},
		{label: "session", value: fmt.Sprint(e.Session), paint: p.Text},
		{label: "so", value: behind, paint: p.Dim},
	}
}
