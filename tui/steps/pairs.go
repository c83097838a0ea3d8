package steps

import (
	"cmp"
	"math"

	"anytls-inspect/tui/cell"
)

// several tells whether there is more than one pair: then there is a list of them.
func (m *Model) several() bool { return len(m.shown.Pairs) > 1 }

// at returns the number of the pair that is shown: the chosen one, else the one that runs, else the
// last that has, else the first.
func (m *Model) at() int {
	if m.pair != follows {
		return m.pair
	}
	at := 0
	for i := range m.shown.Pairs {
		switch m.shown.Pairs[i].State {
		case Running:
			return i
		case Ended:
			at = i
		}
	}
	return at
}

// current returns the pair that is shown; one without steps where there is none.
func (m *Model) current() *Pair {
	if len(m.shown.Pairs) == 0 {
		return &Pair{}
	}
	return &m.shown.Pairs[m.at()]
}

// pairs draws the list of pairs in h lines.
func (m *Model) pairs(h int, boxed bool) []string {
	if h <= 0 {
		return nil
	}
	title := ""
	if boxed {
		title = "Pairs"
	}
	w, rows := m.inner(boxed), rowsOf(title, h, boxed)
	all := len(m.shown.Pairs)
	first := scrolled(m.at(), rows, all)
	c := cell.Content{Width: w, First: first, Shown: rows, All: all}
	t := m.pairTable(w)
	for i := first; i < min(all, first+rows); i++ {
		c.Lines = append(c.Lines, m.pairLine(t, i, w))
	}
	return m.panel(title, nil, c, h, boxed, m.pair != follows)
}

// tallyPairs counts the pairs that have ended, and those of them that have failed. One that was not
// run has not.
func (m *Model) tallyPairs() (ended, failed int) {
	for i := range m.shown.Pairs {
		if m.shown.Pairs[i].State == Ended {
			ended++
		}
		if m.shown.Pairs[i].failed() {
			failed++
		}
	}
	return ended, failed
}

// The columns of the list of pairs.
const (
	pairMark = iota
	pairName
	pairTime
	pairText
	pairColumns
)

// pairTable returns the columns of the list of pairs for w cells. A name is cut last of all: pairs
// differ by it.
func (m *Model) pairTable(w int) cell.Table {
	longest := 1
	for i := range m.shown.Pairs {
		longest = max(longest, cell.Width(cell.Harmless(m.shown.Pairs[i].Title)))
	}
	least := max(min(longest, w*3/5), 1)
	return cell.NewTable([]cell.Column{
		pairMark: {Least: 3, Most: 3},
		pairName: {Least: least, Most: max(min(longest, w-4), least)},
		pairTime: {Least: 6, Most: 6, Right: true, Rank: 2},
		pairText: {Least: 14, Rank: 1},
	}, w)
}

// pairLine draws the line of the pair with a number.
func (m *Model) pairLine(t cell.Table, n, w int) string {
	p, sign := m.lead(n == m.pair)
	pair := &m.shown.Pairs[n]
	mark, _ := pair.mark(m.turn())
	ink := paint(p, &pair.Row)
	cells := [pairColumns]cell.Span{
		pairMark: ink.Span(sign + mark),
		pairName: p.Text.Span(pair.Title),
		pairText: ink.Span(cell.Fitting(m.stands(pair), t.Width(pairText))),
	}
	switch pair.State {
	case Waiting:
		cells[pairName].Paint = p.Dim
	case Running:
		cells[pairTime] = p.Text.Span(cell.Age(m.now.Sub(pair.Began)))
	case Ended:
		if pair.ran() {
			cells[pairTime] = p.Dim.Span(took(pair.Took))
		}
	}
	return t.Line(p, cells[:], w)
}

// stands returns how far a pair is, and what it came to, in fewer and fewer words.
func (m *Model) stands(pair *Pair) []string {
	word, left := pair.word(), pair.left(m.now)
	switch {
	case pair.over() && pair.Text != "":
		return []string{word + ": " + pair.Text}
	case left <= 0:
		return []string{word}
	case pair.State == Running:
		return []string{
			word + ", " + about(left, math.MaxInt) + " left",
			word + ", " + about(left, 0) + " left",
			about(left, 0) + " left",
		}
	default:
		return []string{word + ", takes " + about(left, math.MaxInt), "takes " + about(left, 0)}
	}
}

// word returns what became of a pair, or which of its steps runs.
func (p *Pair) word() string {
	_, word := p.mark(0)
	switch p.State {
	case Running:
		if i := p.runs(); i != follows {
			word = p.Steps[i].Title
		}
	case Ended:
		word = cmp.Or(p.Verdict, word)
	case Skipped:
		word = "not run"
	}
	return word
}
