package session

// Lookup returns the stream with this id that is open or remembered, the newest where there
// were several, and nil where there is none. It is the tracker's own: read it before the next
// call. A tracker that is closed knows none.
func (t *Tracker) Lookup(id uint32) *Stream { return t.find(id) }
