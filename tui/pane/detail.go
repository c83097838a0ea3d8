package pane

import (
	"fmt"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// Detail describes the chosen frame, field by field and byte by byte, or the
// chosen session. The zero value describes a frame, as yet none.
type Detail struct {
	leaf
	ofSession bool           // it describes the session
	listed    *journal.Entry // the frame to describe, as the list has it; nil for none
	asked     journal.Moment // as of when the answer is
	about     uint64         // index of the frame that the answer is about
	answer    *journal.Entry // that frame with its data; nil where it is not held
	auth      session.Auth   // what its preamble meant, where it is one and that is known

	top         int // first line shown
	lines, rows int // when last drawn: how many lines there were, and had room
}

// Ask implements Pane.
func (p *Detail) Ask(at journal.Moment, _ int) Intent {
	if p.ofSession {
		return nil // the scene has it
	}
	shown, again := p.answer, at == p.asked
	p.answer, p.asked = nil, at
	if p.listed == nil {
		p.about = 0
		return nil
	}
	same := p.about == p.listed.Index
	p.about = p.listed.Index
	p.answer = journal.Look(at, journal.AskFrame{Index: p.about})
	switch {
	case p.listed.IsLack(), p.listed.Waits(): // the list has all of it
		p.answer = p.listed
	case p.answer != nil || !frozen(at):
	case !same: // it was evicted since the list showed it
		p.answer = p.listed
	case again: // it was evicted since it was shown here
		p.answer = shown
	}
	p.auth = authOf(at, p.answer)
	if !same {
		p.top = 0
	}
	return nil
}

// authOf returns what the preamble meant that a frame is. It is empty for other frames,
// and where the session is not held.
func authOf(at journal.Moment, e *journal.Entry) session.Auth {
	if e == nil || !e.Preamble {
		return session.Auth{}
	}
	d := journal.Look(at, journal.AskSession{ID: e.Session})
	if d == nil {
		return session.Auth{}
	}
	return d.State.Auth
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

// Choose chooses the frame to describe; nil chooses none. It tells whether the pane
// now has something else to ask for.
func (p *Detail) Choose(frame *journal.Entry) bool {
	same := frame == p.listed || frame != nil && p.listed != nil && frame.Index == p.listed.Index
	p.listed = frame
	return !same && !p.ofSession
}

// Move implements Pane: there is no cursor, so the text scrolls.
func (p *Detail) Move(m Motion) Intent {
	p.top = m.Scroll(p.top, max(p.lines-p.rows, 0), p.rows)
	return nil
}

// Back implements Pane: to the list that the detail was opened from.
func (p *Detail) Back() Intent {
	if p.ofSession {
		return CloseDetail{To: SessionsID}
	}
	return CloseDetail{To: FramesID}
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
	case p.ofSession && s.Showing != 0:
		c.Lines = cell.Centred(pal, s.notHeld(), w, h)
		return c
	case p.ofSession:
		c.Lines = cell.Centred(pal, []cell.Span{pal.Dim.Span("choose a session to see it in detail")}, w, h)
		return c
	case p.answer == nil:
		text := "choose a frame to see its fields and bytes"
		if p.listed != nil {
			text = "this frame is no longer held"
		}
		c.Lines = cell.Centred(pal, []cell.Span{pal.Dim.Span(text)}, w, h)
		return c
	case p.answer.IsLack():
		fields = lackFields(s, p.answer)
	case p.answer.Waits():
		fields = waitingFields(s, p.answer)
	default:
		fields = frameFields(s, p.answer, &p.auth)
		c.Note = []cell.Span{pal.Dim.Span(fmt.Sprintf(" frame %s ", cell.Count(p.answer.Index)))}
		d := cell.NewHexdump(p.answer.Data, p.answer.Preamble && !s.Secrets, w)
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
