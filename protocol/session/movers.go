package session

import "slices"

// MostMovers is how many streams [Tracker.Moved] tells apart.
const MostMovers = 8

// movers are the streams whose payload came with the bytes that the tracker took last.
type movers struct {
	streams [MostMovers]uint32
	n       int
}

// add adds a stream. Most records have frames of one stream, which whoever calls looks for.
func (m *movers) add(stream uint32) {
	if m.n < len(m.streams) && !slices.Contains(m.streams[:m.n], stream) {
		m.streams[m.n] = stream
		m.n++
	}
}

// Moved returns the streams of which payload came with the bytes that the tracker took last, in
// whichever direction: each once, and no more than [MostMovers]. The list is the tracker's own:
// read it before the next call.
func (t *Tracker) Moved() []uint32 { return t.movers.streams[:t.movers.n] }
