package pane

import (
	"cmp"
	"fmt"
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// Frames lists the frames of the chosen session, of one of its streams, or of all
// sessions, in the order of the wire. The list may be a hundred thousand frames
// long and changes at both ends. The pane holds only what is on the screen, around
// an anchor: the chosen frame.
type Frames struct {
	session capture.SessionID
	stream  uint32                    // only this stream's; 0 for all
	match   func(*journal.Entry) bool // which frames to list; nil for all

	rows       int            // on the screen
	follow     bool           // the newest frame is chosen
	anchor     uint64         // index of the chosen frame, or of one that the next answer shows
	chosen     *journal.Entry // the chosen frame, as it was last seen; nil before the next answer
	gone       bool           // it was evicted
	above      int            // rows above the anchor
	shift      int            // rows from the anchor to the frame that the next answer chooses
	asked      journal.Moment // as of when the answer is
	answer     journal.Frames
	search     journal.Search // of what match accepts
	refiltered bool           // match is another than the answer's
}

// Show turns the pane to a session, or to one of its streams. Session 0 is all
// sessions, stream 0 all streams. The pane then follows.
func (p *Frames) Show(id capture.SessionID, stream uint32) {
	*p = Frames{session: id, stream: stream, match: p.match, rows: p.rows, follow: true}
}

// Seek chooses the frame with this index, or the nearest before it.
func (p *Frames) Seek(index uint64) {
	p.follow = false
	p.want(index, p.rows/2, 0)
}

// Filter leaves out the frames that match does not accept; nil accepts all.
func (p *Frames) Filter(match func(*journal.Entry) bool) {
	p.match, p.search, p.refiltered = match, journal.Search{}, true
}

// want has the next answer choose the frame that lies shift rows from the one with this
// index, which has so many rows above it.
func (p *Frames) want(index uint64, above, shift int) {
	p.anchor, p.above, p.shift, p.chosen, p.gone = index, above, shift, nil, false
}

// Follow chooses the newest frame, and each that comes after it, until the cursor
// is moved.
func (p *Frames) Follow() { p.follow = true }

// Following tells whether the newest frame is chosen as frames come.
func (p *Frames) Following() bool { return p.follow }

// Chosen returns the index of the chosen frame; 0 where there is none.
func (p *Frames) Chosen() uint64 {
	if len(p.answer.Rows) == 0 {
		return 0
	}
	return p.anchor
}

// describe wants the chosen frame described.
func (p *Frames) describe() Intent { return Describe{Frame: p.chosen} }

// Searching tells whether the last answer lacks frames that were not looked for yet.
func (p *Frames) Searching() bool { return p.answer.Unfinished }

// at returns the row of the chosen frame, -1 where it is not in the window.
func (p *Frames) at() int { return row(p.answer.Rows, p.anchor) }

// row returns which of the frames has an index, -1 where none has.
func row(frames []journal.Entry, index uint64) int {
	return slices.IndexFunc(frames, func(e journal.Entry) bool { return e.Index == index })
}

// Ask implements Pane.
func (p *Frames) Ask(at journal.Moment, lines int) Intent {
	// A question for one row has neither Before nor After, and gets no answer.
	p.rows = max(lines-1, 2)
	p.above = max(min(p.above, p.rows-1), 0)
	ask := journal.AskFrames{
		Session: p.session, Stream: p.stream, Match: p.match,
		Anchor: p.anchor, Before: p.above, After: p.rows - 1 - p.above, Search: &p.search, Lacks: true,
	}
	if p.follow {
		ask.Anchor, ask.Before, ask.After = 0, p.rows-1, 0
	}
	answer := journal.Look(at, ask)
	if frozen(at) && at == p.asked {
		if !p.refiltered {
			p.keep(&answer)
		}
		answer.Oldest = p.answer.Oldest // the scrollbar stays
	}
	filtered := p.refiltered
	p.answer, p.asked, p.refiltered = answer, at, false
	p.settle(filtered)
	return p.describe()
}

// settle chooses a frame of the answer. One that was chosen stays so when it is evicted: no
// other one takes its place before the cursor is moved. filtered says that the filter may
// leave it out, and then the nearest takes its place.
func (p *Frames) settle(filtered bool) {
	n := len(p.answer.Rows)
	switch {
	case p.chosen != nil && !p.follow && !filtered && p.at() < 0:
		p.gone = true
	case n == 0:
		p.chosen, p.gone = nil, false
	case p.follow:
		p.choose(n - 1)
	default:
		p.choose(max(min(p.answer.At+p.shift, n-1), 0))
	}
}

// keep lets the rows stay that a frozen screen shows and the journal has evicted since, as
// long as the cursor stays among them.
func (p *Frames) keep(answer *journal.Frames) {
	shown := p.answer
	if len(shown.Rows) == 0 || shown.Rows[0].Index >= answer.Oldest {
		return
	}
	newest := shown.Rows[len(shown.Rows)-1].Index
	shown.Unfinished = answer.Unfinished
	if n := len(answer.Rows); n > 0 {
		newer := answer.Rows[n-1].Index > newest
		leaves := p.shift > 0 || p.at() < 0
		if p.follow {
			leaves = newer
		}
		if leaves {
			return
		}
		behind, _ := slices.BinarySearchFunc(answer.Rows, newest+1, func(e journal.Entry, index uint64) int { return cmp.Compare(e.Index, index) })
		more := answer.Rows[behind:]
		room := max(p.rows-len(shown.Rows), 0) // where the screen has grown
		shown.Rows = slices.Concat(shown.Rows, more[:min(room, len(more))])
		shown.Newer = answer.Newer || len(more) > room
	}
	shown.At = p.at()
	*answer = shown
}

// choose chooses row i of the window.
func (p *Frames) choose(i int) {
	p.want(p.answer.Rows[i].Index, i, 0)
	p.chosen = &p.answer.Rows[i]
}

// Move implements Pane.
func (p *Frames) Move(m Motion) Intent {
	p.move(m)
	return p.describe()
}

func (p *Frames) move(m Motion) {
	n := len(p.answer.Rows)
	switch {
	case m == ToEnd:
		p.follow, p.shift = true, 0
		return
	case m == ToTop:
		p.follow = false
		p.want(1, 0, 0)
		return
	case n == 0:
		return
	}
	by := m.rows(p.rows)
	from := p.at()
	switch {
	case p.gone: // the row in its place is the next one
		from, by = max(min(p.answer.At, n-1), 0), by-max(min(by, 1), 0)
	case from < 0:
		from = n - 1
	}
	to := from + by
	switch {
	case to >= n && from == n-1 && !p.answer.Newer:
		p.follow = true
		return
	case to < 0:
		p.want(p.answer.Rows[0].Index, -to, to)
	case to >= n && !p.answer.Newer:
		p.choose(n - 1)
	case to >= n:
		beyond := to - (n - 1)
		p.want(p.answer.Rows[n-1].Index, p.rows-1-beyond, beyond)
	default:
		p.choose(to)
	}
	p.follow = false
}

// Open implements Pane: it opens the chosen frame's detail. The frame that is read
// should stay the chosen one.
func (p *Frames) Open() Intent {
	if p.Chosen() == 0 {
		return nil
	}
	p.follow = false
	return OpenDetail{}
}

// OpenHint implements Pane.
func (p *Frames) OpenHint() string { return "details" }

// Back implements Pane: from the frames of a stream, it goes back to those of all.
func (p *Frames) Back() Intent {
	if p.stream == 0 {
		return nil
	}
	return ListFrames{}
}

// frameColumns returns the columns; time and number are the widths of times and of
// session numbers, which are left out where number is 0.
func frameColumns(time, number, room int) []cell.Column {
	// The longest names are rare. In little room, what a frame carries is worth
	// more.
	command := 14
	if room > 64 {
		command = 19
	}
	return []cell.Column{
		{Title: "", Least: 1, Most: 1},
		{Title: "time", Least: time, Most: time, Right: true},
		{Title: "#", Least: number, Most: number, Right: true},
		{Title: "", Least: 1, Most: 1},
		{Title: "command", Least: command, Most: command},
		{Title: "stream", Least: 6, Most: 6, Right: true},
		{Title: "length", Least: 6, Most: 6, Right: true},
		{Title: "info", Least: 8},
	}
}

// Draw implements Pane.
func (p *Frames) Draw(s *Scene, w, h int, focused bool) cell.Content {
	pal := &s.Styles.Row
	c := cell.Content{Width: w, Foot: p.foot(s, focused), Note: p.note(s)}
	rows := p.answer.Rows
	if len(rows) == 0 {
		c.Foot = nil
		text := none(s, "frames", w)
		switch {
		case s.Session == nil && s.Showing != 0:
			text = s.notHeld()
		case s.Filter == "" && s.barrenAlike():
			text = []cell.Span{pal.Dim.Span("none of the " + cell.Plural(s.Barren.Sessions, "session") + " has a frame")}
		case s.Filter == "" && p.were(s):
			text = []cell.Span{pal.Dim.Span("its frames are no longer held")}
		case s.Filter == "" && s.Session != nil && s.Session.Closed && s.Session.Reason != "":
			text = []cell.Span{pal.Dim.Span("it ended without a frame")} // and why says the rest
		case s.Filter != "":
			text = []cell.Span{pal.Dim.Span("no frame passes the filter"), pal.Text.Span(s.Filter)}
			if p.Searching() {
				text[0] = pal.Dim.Span("searching for frames that pass the filter …")
			}
		}
		if s.Filter == "" {
			text = append(text, p.why(s, min(w-2, 100), h-len(text))...)
		}
		c.Lines = cell.Centred(pal, text, w, h)
		return c
	}
	number := 0
	if s.Session == nil {
		number = cellsFor(int(s.Summary.Sessions))
	}
	t := cell.NewTable(frameColumns(s.stampCells(), number, w), w)
	if h > 1 {
		c.Lines = append(c.Lines, t.Header(pal, w))
	}
	rows = fitting(rows, p.at(), h-len(c.Lines))
	for i := range rows {
		e := &rows[i]
		pal, mark := s.marker(e.Index == p.anchor, focused)
		c.Lines = append(c.Lines, t.Line(pal, frameRow(s, pal, e, mark, t.Width(infoColumn)), w))
	}
	// The scrollbar shows where the window lies among the indexes that the journal
	// holds. Those of other sessions count too, which is good enough for it.
	if f := &p.answer; f.Older || f.Newer {
		held := f.Newest - f.Oldest + 1
		c.First, c.Shown, c.All = int(rows[0].Index-f.Oldest), len(rows), int(held)
		if !f.Newer {
			c.First = c.All - c.Shown
		}
	}
	return c
}

// foot returns what the pane's box says of the cursor.
func (p *Frames) foot(s *Scene, focused bool) []cell.Span {
	if p.gone {
		return goneNote(s, "frame", p.anchor)
	}
	return s.following(&list{follow: p.follow}, "frame", focused)
}

// were tells whether there were frames.
func (p *Frames) were(s *Scene) bool {
	if s.Session == nil {
		return p.session == 0 && s.Summary.Frames > 0
	}
	return s.Session.State.Frames != protocol.ByDirection[uint64]{}
}

// note returns what the pane's box says: which frames are listed.
func (p *Frames) note(s *Scene) []cell.Span {
	pal := &s.Styles.Row
	var note []cell.Span
	if p.stream != 0 {
		note = append(note, pal.Accent.Span(fmt.Sprintf(" stream %d only ", p.stream)), pal.Dim.Span(s.Back+": all "))
	}
	if s.Filter != "" {
		note = append(note, pal.Warn.Span(" filter: "+s.Filter+" "))
	}
	if s.Summary.Evicted > 0 {
		note = append(note, pal.Dim.Span(" "+cell.Size(s.Summary.Evicted)+" older gone "))
	}
	return note
}

// infoColumn is the number of the column that says what a frame carries, the last.
const infoColumn = 7

// frameRow returns the cells of a frame in the table, for info of so many cells.
func frameRow(s *Scene, p *cell.Palette, e *journal.Entry, mark cell.Span, room int) []cell.Span {
	switch {
	case e.IsLack():
		return lackRow(s, p, e, mark, room)
	case e.Waits():
		return waitingRow(s, p, e, mark, room)
	}
	paint := commandPaint(p, e)
	body := p.Text
	if paint == p.Dim {
		body = p.Dim
	}
	stream := "–"
	if e.Header.Stream != 0 {
		stream = fmt.Sprint(e.Header.Stream)
	}
	text := e.Frame().Info()
	info := body.Span(text)
	if e.Fate != (session.Fate{}) {
		info = p.Own.Span(fatePhrase(e.Fate, text).in(room))
	}
	return []cell.Span{
		mark,
		p.Dim.Span(s.stamp(e.At, s.since())),
		body.Span(fmt.Sprint(e.Session)),
		directionPaint(p, e.Dir).Span(cell.Arrow(e.Dir)),
		paint.Span(e.Name()),
		body.Span(stream),
		body.Span(cell.Count(e.Header.Length)),
		info,
	}
}
