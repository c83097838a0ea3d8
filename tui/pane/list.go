package pane

import (
	"math"
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/cell"
)

// A list is the cursor of a list of rows, of which it holds a window. It knows a
// row by its key, which is never 0 and stays; the number of a row changes when
// the journal forgets rows before it.
//
// A list that follows chooses the newest row, which is the last one. Moving the cursor
// ends that; moving it down from the last row, or to the end, begins it. A list that leads
// begins with the row that matters most, and follows that.
//
// The cursor moves by a key, or because the list follows, and for no other reason. Where the
// chosen row is gone, no other one takes its place before the cursor is moved.
type list struct {
	rows   int    // of the window
	leads  bool   // what it follows is the first row
	follow bool   // the row that the list follows is chosen
	key    uint64 // of the chosen row; 0: not known before the next answer
	row    int    // number of the chosen row, or of the one that is in its place
	above  int    // rows of the window above the chosen one

	// Of the last answer.
	from, all int      // number of the window's first row; length of the whole list
	keys      []uint64 // of the window's rows
}

// Follow chooses the newest row, and each that comes after it, until the cursor
// is moved.
func (l *list) Follow() { l.follow = true }

// Following tells whether the newest row is chosen as rows come.
func (l *list) Following() bool { return l.follow }

// window returns what to ask the journal for.
func (l *list) window(rows int) journal.Window {
	l.rows = rows
	switch {
	case l.follow && l.leads:
		return journal.Window{Limit: rows}
	case l.follow:
		return journal.Window{From: math.MaxInt, Limit: rows}
	}
	l.above = max(min(l.above, rows-1), 0)
	return journal.Window{From: l.row - l.above, Limit: rows, Anchor: l.key, Above: l.above}
}

// part returns which rows to show of a list that is at hand as a whole, from row from up to
// row to: as the journal does for the window. keys are those of all rows.
func (l *list) part(keys []uint64, rows int) (from, to int) {
	w := l.window(rows)
	if i := slices.Index(keys, w.Anchor); i >= 0 {
		w.From = i - w.Above
	}
	from = max(min(w.From, len(keys)-rows), 0)
	return from, min(from+rows, len(keys))
}

// take takes the window that the journal returned: the number of its first row,
// the length of the whole list, and the keys of the window's rows.
func (l *list) take(from, all int, keys []uint64) {
	l.from, l.all, l.keys = from, all, keys
	i := slices.Index(keys, l.key)
	switch {
	case len(keys) == 0 && (l.follow || l.key == 0):
		l.key, l.row, l.above = 0, 0, 0
		return
	case l.follow && l.leads:
		i = 0
	case l.follow:
		i = len(keys) - 1
	case l.key == 0:
		i = min(max(l.row-from, 0), len(keys)-1)
	case i < 0: // it is gone
		l.row = max(min(l.row, all-1), 0)
		return
	}
	l.choose(i)
}

// gone tells whether the chosen row is no longer in the list.
func (l *list) gone() bool { return l.key != 0 && !slices.Contains(l.keys, l.key) }

// keysOf returns the keys of a window's rows.
func keysOf[R any](rows []R, key func(*R) uint64) []uint64 {
	keys := make([]uint64, len(rows))
	for i := range rows {
		keys[i] = key(&rows[i])
	}
	return keys
}

// choose chooses row i of the window.
func (l *list) choose(i int) { l.key, l.row, l.above = l.keys[i], l.from+i, i }

// at returns which row of the window is the chosen one, -1 where none is.
func (l *list) at() int {
	if l.key == 0 {
		return -1
	}
	return slices.Index(l.keys, l.key)
}

// Move moves the cursor.
func (l *list) Move(m Motion) {
	switch {
	case m == ToTop:
		l.follow = l.leads
		l.seek(0)
		return
	case m == ToEnd && !l.leads:
		l.follow = true
		return
	case m == ToEnd:
		l.follow = false
		l.seek(l.all - 1)
		return
	}
	by := m.rows(l.rows)
	if by > 0 && l.gone() {
		by-- // the row in its place is the next one
	}
	if !l.leads && by > 0 && l.row >= l.all-1 || l.leads && by < 0 && l.row == 0 {
		l.follow = true
		return
	}
	l.follow = false
	l.seek(l.row + by)
}

// seek chooses a row by its number. One that is not in the window becomes known
// with the next answer.
func (l *list) seek(row int) {
	row = max(min(row, l.all-1), 0)
	if i := row - l.from; i >= 0 && i < len(l.keys) {
		l.choose(i)
		return
	}
	l.above = l.rows - 1
	if row < l.from {
		l.above = 0
	}
	l.key, l.row = 0, row
}

// position places the scrollbar of the window.
func (l *list) position(c *cell.Content) { c.First, c.Shown, c.All = l.from, len(l.keys), l.all }

// fitting returns as many rows of a window as there is room for. A window that is
// too long for it is cut around the chosen row, which is in what remains.
func fitting[R any](rows []R, chosen, room int) []R {
	if room = max(room, 0); len(rows) <= room {
		return rows
	}
	first := max(min(chosen, len(rows)-room), 0)
	return rows[first : first+room]
}
