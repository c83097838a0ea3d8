package journal

// A Window asks for a part of a list: at most Limit rows from row From on. From
// is brought into the list's bounds; the answer says where the window is.
type Window struct {
	From, Limit int
	// Anchor, where it is not 0, names a row instead of numbering it, since the
	// numbers change when old rows are forgotten: a session's or stream's id, or
	// the index of a diagnostic. The window then begins Above rows before that
	// row; From counts only where the row is not held.
	Anchor uint64
	Above  int
}

// around returns the window with From set for its anchor, which stands in row
// row, if it is found.
func (w Window) around(row int, found bool) Window {
	if found {
		w.From = row - w.Above
	}
	return w
}

// clip returns the bounds of the window within a list of n rows.
func (w Window) clip(n int) (from, to int) {
	limit := max(w.Limit, 0)
	from = max(min(w.From, n-limit), 0)
	return from, min(from+limit, n)
}
