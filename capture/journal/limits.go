package journal

// Limits bound what a journal holds. Zero values mean the defaults.
type Limits struct {
	Entries  int // frames and events
	Bytes    int // of frames' data
	Snap     int // of one frame's data
	Sessions int // closed sessions
	Streams  int // closed streams of a session
}

// DefaultLimits returns the limits that zero values stand for. The ring takes
// about 16 MiB, the data no more than it says, the rest a few MiB.
func DefaultLimits() Limits {
	return Limits{Entries: 100_000, Bytes: 32 << 20, Snap: 1024, Sessions: 256, Streams: 256}
}

func (l Limits) withDefaults() Limits {
	def := DefaultLimits()
	set := func(value *int, def int) {
		if *value <= 0 {
			*value = def
		}
	}
	set(&l.Entries, def.Entries)
	set(&l.Bytes, def.Bytes)
	set(&l.Snap, def.Snap)
	set(&l.Sessions, def.Sessions)
	set(&l.Streams, def.Streams)
	return l
}
