package journal

import "math"

// Limits bound what a journal holds. A zero stands for the default.
type Limits struct {
	Entries  int // frames and notices
	Bytes    int // bytes of frames' data
	Snap     int // bytes of one frame's data
	Sessions int // closed sessions
	Streams  int // closed streams of a session; all sessions together have 512 times as many, open ones too
	// Facts asks for the frames' [Facts] to be kept: they take 56 bytes a frame.
	Facts bool
}

// StreamFactor is how many times [Limits].Streams the streams may be that all sessions
// together follow and remember. More than the default, 131,072, nobody has in use; each
// takes some 350 bytes.
const StreamFactor = 512

// allStreams returns how many streams all sessions together follow and remember.
func (l Limits) allStreams() int { return min(l.Streams, math.MaxInt/StreamFactor) * StreamFactor }

// DefaultLimits returns the default limits. Entries then take some 12 MB, data as
// much as Bytes says, and the rest a few MB.
func DefaultLimits() Limits {
	return Limits{Entries: 100_000, Bytes: 32 << 20, Snap: 1024, Sessions: 256, Streams: 256}
}

// snap returns how many bytes of one frame's data are kept: no more than there is room
// for in all.
func (l Limits) snap() int { return min(l.Snap, l.Bytes) }

// withDefaults returns the limits with defaults for zeros.
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
