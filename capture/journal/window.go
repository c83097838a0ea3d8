package journal

// A Window asks for a part of a list: at most Limit rows from row From on. Where From
// lies outside the list's bounds, it is moved inside. The answer says where the window
// begins.
type Window struct {
	From, Limit int
	// Anchor names a row instead of numbering it, since numbers change when old rows
	// are forgotten. It is the id of a session or stream, or the index of a
	// diagnostic; 0 for none. The window begins Above rows before the anchor. From
	// counts only where the anchor is not held.
	Anchor uint64
	Above  int
}

// around returns the window with From set by its anchor, which stands in row row if
// it is found.
func (w Window) around(row int, found bool) Window {
	if found {
		w.From = row - w.Above
	}
	return w
}

// clip returns the window's bounds, [from, to), within a list of n rows.
func (w Window) clip(n int) (from, to int) {
	limit := max(w.Limit, 0)
	from = max(min(w.From, n-limit), 0)
	return from, min(from+limit, n)
}
