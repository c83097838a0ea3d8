package pane

import (
	"fmt"

	"anytls-inspect/capture"
	"anytls-inspect/tui/cell"
)

// Detail describes the chosen frame, field by field and byte by byte, or the
// chosen session. The zero value describes a frame, as yet none.
type Detail struct {
	ofSession bool   // it describes the session
	frame     uint64 // index of the frame to describe; 0 for none

	top         int               // first line shown
	lines, rows int               // when last drawn: how many lines there were, and had room
	shown       uint64            // index of the frame that was last answered
	session     capture.SessionID // of the last answer
}

// Ask implements Pane.
func (p *Detail) Ask(q *Query, _ int) {
	if !p.ofSession {
		q.Detail = p.frame
	}
}

// Answer implements Pane. Another frame or session is shown from its beginning.
func (p *Detail) Answer(v *View) {
	var id capture.SessionID
	if v.Session != nil {
		id = v.Session.ID
	}
	switch {
	case !p.ofSession && v.Detail != nil && v.Detail.Index != p.shown:
		p.shown, p.top = v.Detail.Index, 0
	case p.ofSession && id != p.session:
		p.top = 0
	}
	p.session = id
}

// DescribeFrame turns the pane to the chosen frame.
func (p *Detail) DescribeFrame() { p.describe(false) }

// DescribeSession turns the pane to the chosen session.
func (p *Detail) DescribeSession() { p.describe(true) }

func (p *Detail) describe(session bool) {
	if p.ofSession != session {
		p.ofSession, p.top = session, 0
	}
}

// OfSession tells whether the pane describes the session, not a frame.
func (p *Detail) OfSession() bool { return p.ofSession }

// ChooseFrame chooses the frame to describe by its index; 0 chooses none. It reports
// whether the pane now has something else to ask for.
func (p *Detail) ChooseFrame(index uint64) bool {
	if p.frame == index {
		return false
	}
	p.frame = index
	return !p.ofSession
}

// Move implements Pane: there is no cursor, so the text scrolls.
func (p *Detail) Move(m Motion) {
	end := max(p.lines-p.rows, 0)
	switch m {
	case ToTop:
		p.top = 0
	case ToEnd:
		p.top = end
	default:
		p.top = max(min(p.top+m.rows(p.rows), end), 0)
	}
}

// Draw implements Pane.
func (p *Detail) Draw(s *Scene, w, h int, _ bool) cell.Content {
	pal := &s.Styles.Row
	var (
		fields []field
		dump   *cell.Hexdump
	)
	c := cell.Content{Width: w}
	switch {
	case p.ofSession && s.Session != nil:
		fields = sessionFields(s, s.Session)
		c.Note = []cell.Span{pal.Dim.Span(fmt.Sprintf(" session %d ", s.Session.ID))}
	case p.ofSession:
		c.Lines = cell.Centred(pal, []cell.Span{pal.Dim.Span("choose a session to see it in detail")}, w, h)
		return c
	case s.Detail == nil:
		text := "choose a frame to see its fields and bytes"
		if p.frame != 0 {
			text = "this frame is no longer held"
		}
		c.Lines = cell.Centred(pal, []cell.Span{pal.Dim.Span(text)}, w, h)
		return c
	default:
		fields = frameFields(s, s.Detail)
		c.Note = []cell.Span{pal.Dim.Span(fmt.Sprintf(" frame %s ", cell.Count(s.Detail.Index)))}
		d := cell.NewHexdump(s.Detail.Data, s.Detail.Preamble && !s.Secrets, w)
		dump = &d
	}
	text := layOut(pal, fields, w)
	p.lines, p.rows = len(text), h
	if dump != nil {
		p.lines += dump.Lines()
	}
	p.top = max(min(p.top, p.lines-h), 0)
	for i := p.top; i < min(p.top+h, p.lines); i++ {
		if i < len(text) {
			c.Lines = append(c.Lines, text[i])
		} else {
			c.Lines = append(c.Lines, dump.Line(pal, i-len(text), w))
		}
	}
	for len(c.Lines) < h {
		c.Lines = append(c.Lines, cell.Blank(w))
	}
	c.First, c.Shown, c.All = p.top, h, p.lines
	return c
}

// A field is a part of a description: a value with its label, or a heading. The
// zero field is an empty line.
type field struct {
	label string
	value string
	paint cell.Paint // of the value
	head  bool       // it is a heading
}

// layOut turns fields into lines of exactly so many cells. A long value goes on in
// the next line.
func layOut(p *cell.Palette, fields []field, w int) []string {
	label := 0
	for _, f := range fields {
		if !f.head {
			label = max(label, cell.Width(cell.Harmless(f.label)))
		}
	}
	label = min(label+1, w/3)
	var lines []string
	for _, f := range fields {
		if f.head {
			lines = append(lines, cell.Line(p, []cell.Span{p.Text.Span(" "), p.Accent.Span(f.label), p.Dim.Span(f.value)}, w))
			continue
		}
		parts := cell.Wrap(f.value, w-label-2)
		if len(parts) == 0 {
			parts = []string{""}
		}
		name := f.label
		for _, part := range parts {
			lines = append(lines, cell.Line(p, []cell.Span{p.Dim.Span(" " + cell.Fit(name, label) + " "), f.paint.Span(part)}, w))
			name = ""
		}
	}
	return lines
}
